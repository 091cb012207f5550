import type { Reason } from '../judgement.js';
import { maxFactsLength } from './statement.js';
import type { StatedVerdict, StatementFacts } from './statement-facts.js';

/** Scores that a statement tells, the highest first. */
const mostScores = 5;

/**
 * The facts and circumstances of a restriction, in sentences for the person concerned: only what is recorded, and
 * nothing that tells who anybody is. At most `maxFactsLength` characters.
 */
export const factsOf = (facts: StatementFacts): string =>
  [
    uploaded(facts),
    ...seen(facts),
    ...decided(facts),
    'No notice led to this: the service has every picture looked at that is uploaded.',
  ]
    .join(' ')
    .slice(0, maxFactsLength);

const uploaded = ({ content }: StatementFacts): string =>
  `The picture (${content.mediaType}, ${content.width} by ${content.height} pixels) was uploaded on ` +
  `${day(content.receivedAt)} for the surface “${content.surface}”.`;

/** What the models had said, where some were asked. */
const seen = ({ machine, decision, verdict }: StatementFacts): string[] => {
  if (!machine) return [];
  const models = machine.models.map(({ name, version }) => `${name} ${version}`).join(', ');
  const by = models === '' ? 'Automated classification' : `Automated classification (${models})`;
  const scores = scoresOf(machine);
  if (verdict.tier === 'human' && decision?.machineVerdict === 'allow')
    return [`${by} had found nothing; the picture was looked at as one of a random sample.`];
  if (scores === '') return [];
  const meaning =
    machine.verdict === 'block'
      ? `which means a block under the policy “${machine.policy.name}”, version ${machine.policy.version}.`
      : 'so that a person had to look at it.';
  return [`${by} gave it ${scores}, ${meaning}`];
};

const scoresOf = ({ reasons }: StatedVerdict): string =>
  reasons
    .filter((reason) => reason.kind === 'score')
    .sort((a, b) => b.score - a.score)
    .slice(0, mostScores)
    .map(
      ({ category, score, threshold }) => `${share(score)} for ${category} (threshold ${share(threshold)})`,
    )
    .join(' and ');

/** Who or what decided, and on what. */
const decided = ({ verdict, decision, complainedAt }: StatementFacts): string[] => {
  if (verdict.tier === 'human' && complainedAt)
    return [
      `After a complaint of ${day(complainedAt)}, a person who had no part in the earlier decision looked at it on ` +
        `${day(verdict.at)} and confirmed the restriction.`,
    ];
  if (verdict.tier === 'human')
    return [`A person looked at it on ${day(verdict.at)} and decided to restrict it.`];
  if (decision)
    return [
      `It ${likeness(verdict.reasons)} a picture that a person had looked at and restricted on ` +
        `${day(decision.decidedAt)}; that decision was applied to it automatically on ${day(verdict.at)}.`,
    ];
  const bank = verdict.reasons.find((reason) => reason.kind === 'hash');
  return bank
    ? [`It matches an entry of the list “${bank.bank}” of known pictures, and was restricted automatically.`]
    : [`It was restricted automatically on ${day(verdict.at)}; no person was involved.`];
};

const likeness = (reasons: Reason[]): string => {
  const distance = reasons.find((reason) => reason.kind === 'decision')?.distance ?? 0;
  return distance === 0
    ? 'shows exactly the same as'
    : `is a near copy (${distance} of 256 bits of its perceptual hash differ) of`;
};

const day = (instant: Date): string => instant.toISOString().slice(0, 10);
const share = (value: number): string => String(Math.round(value * 1000) / 1000);
