/** What kind of contact information it is, as the evidence's note says it. */
export type ContactKind = 'phone number' | 'e-mail address' | 'web address' | 'handle';

/**
 * How sure a finding is, 0–1. The score of a picture is its best finding's. The levels are judgements, ordered by what
 * else the characters could be; docs/detectors/overlay-text.md gives what they come to on renders.
 */
export const confidences = {
  /** complete and checked: a valid number with `+`, `name@host.tld`, a link with its scheme, or something after `WhatsApp:` */
  explicit: 0.95,
  /** complete in a form that is seldom anything else: a valid number grouped as its country does, `example.com` */
  clear: 0.9,
  /** the same disguised (`d0t com`, `4 1 5 - 5 5 5`), or a form whose content cannot be checked: `(123) 456-7890` */
  likely: 0.8,
  /** could be something else now and then: a bare number that would be a valid one, `@name`, `example.io` alone on its line */
  fair: 0.6,
  /** more often something else: below what a policy should act on, kept as evidence beside a surer finding */
  weak: 0.3,
} as const;

/** Found in a text. */
export interface Found {
  kind: ContactKind;
  /**
   * in its normal form: E.164 for numbers whose country is written or told by their grouping, else their digits; lower case for
   * addresses and handles
   */
  value: string;
  /** 0–1 */
  confidence: number;
  /** it was written so that programs do not see it */
  isDisguised: boolean;
  /** UTF-16 units of the text, from start up to end */
  start: number;
  end: number;
}
