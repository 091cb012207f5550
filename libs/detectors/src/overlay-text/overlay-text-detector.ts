import {
  type Category,
  type Detection,
  type Detector,
  type DetectorFailure,
  type Evidence,
  type LookOptions,
  mostEvidence,
  ok,
  type Pixels,
  type Result,
} from '#libs/domain';
import type { CountryCode } from 'libphonenumber-js/max';
import { PhoneDirectory } from './contacts/phone-directory.js';
import { defaultRegions } from './contacts/phone-regions.js';
import { evidenceOf } from './evidence-of.js';
import { passagesOf } from './reading-order.js';
import type { TextLine, TextReader } from './text-reader.js';

/** Of the rules: raised whenever they may judge the same text otherwise. */
const rulesRevision = 2;

/** Reading engines are as sure as this of what people can read too; below it they guess. */
const leastLegible = 0.5;
/** Of a picture: what says more is a page, and its first part says enough. */
const mostCharacters = 20_000;

export const contactCategory = 'spam/contact';
export const phraseCategory = 'spam/phrase';

/** A view that could not be read is worth less than what the others surely say. */
const sureDespiteFailure = 0.9;

/** Which national forms of phone numbers are known, and how large pictures are read. */
export interface OverlayTextOptions {
  regions?: readonly CountryCode[];
}

/**
 * Reads what is written in a picture, and looks in it for contact information (`spam/contact`: the surest finding's
 * confidence) and for the policy's denied phrases (`spam/phrase`). What leads to an allowed domain does not count, what leads
 * to a denied one is certain.
 */
export class OverlayTextDetector implements Detector {
  readonly name = 'overlay-text';
  readonly categories: readonly Category[] = [contactCategory, phraseCategory];
  readonly costClass = 'high';
  readonly minShortSide = 960;
  private readonly regions: readonly CountryCode[];

  constructor(
    private readonly reader: TextReader,
    { regions = defaultRegions }: OverlayTextOptions = {},
  ) {
    this.regions = regions;
  }

  get version(): string {
    return `${this.reader.version}+rules.${rulesRevision}`;
  }

  async detect(views: Pixels[], options: LookOptions): Promise<Result<Detection, DetectorFailure>> {
    const { version } = this;
    const read = await Promise.all(views.map((view) => this.lookAt(view, options)));
    const evidence = surest(read.flatMap((each) => (each.ok ? each.value : [])));
    const best = highest(evidence);
    const failure = read.find((each) => !each.ok);
    if (failure && !failure.ok && Math.max(...Object.values(best)) < sureDespiteFailure) return failure;
    return ok({ version, scores: best, evidence });
  }

  private async lookAt(
    view: Pixels,
    { rules, deadlineMs }: LookOptions,
  ): Promise<Result<Evidence[], DetectorFailure>> {
    const { width, height } = view;
    const read = await this.reader.read(view, { deadlineMs });
    if (!read.ok)
      return {
        ok: false,
        code: read.code === 'inference_failed' ? 'failed' : read.code,
        detail: read.detail,
      };
    const lines = withinBounds(read.value.filter(({ confidence }) => confidence >= leastLegible));
    const directory = new PhoneDirectory(this.regions);
    return ok(
      passagesOf(lines, { width, height }).flatMap((passage) => evidenceOf(passage, rules, directory)),
    );
  }
}

const withinBounds = (lines: TextLine[]): TextLine[] => {
  let characters = 0;
  return lines.filter(({ text }) => (characters += text.length) <= mostCharacters);
};

/** The same text may be in several views. */
const surest = (evidence: Evidence[]): Evidence[] => {
  const seen = new Map<string, Evidence>();
  for (const piece of [...evidence].sort((a, b) => b.score - a.score)) {
    const key = [piece.category, piece.note, piece.text].join('\n');
    if (!seen.has(key)) seen.set(key, piece);
  }
  return [...seen.values()].slice(0, mostEvidence);
};

const highest = (evidence: Evidence[]): Record<Category, number> => {
  const scoreOf = (category: Category): number =>
    Math.max(0, ...evidence.filter((piece) => piece.category === category).map(({ score }) => score));
  return { [contactCategory]: scoreOf(contactCategory), [phraseCategory]: scoreOf(phraseCategory) };
};
