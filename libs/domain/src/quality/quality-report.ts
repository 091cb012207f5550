import type { HumanVerdict } from '../cases/decision.js';
import { type Agreements, cohensKappa } from './cohens-kappa.js';
import { type Estimate, proportionOf } from './proportion.js';

/** Golden cases that one person decided alike. */
export interface GoldenTally {
  moderatorId: string;
  category: string | null;
  expected: HumanVerdict;
  verdict: HumanVerdict;
  count: number;
}

/** Cases that the same two people decided alike, the second without knowing of the first. */
export interface SecondLookTally {
  firstModeratorId: string;
  moderatorId: string;
  category: string | null;
  first: HumanVerdict;
  second: HumanVerdict;
  count: number;
}

/** How often answers that are known were found. */
export interface Accuracy {
  looks: number;
  right: number;
  /** allowed, and to be blocked */
  missed: number;
  /** blocked, and to be allowed */
  overblocked: number;
  /** null without any look */
  accuracy: Estimate | null;
}

/** How often two people agree. */
export interface Agreement extends Agreements {
  looks: number;
  /** null without any look */
  agreement: Estimate | null;
  /** null without any look, and where all gave one verdict only */
  kappa: Estimate | null;
}

export type ByCategory<Measure> = Measure & { category: string | null };

export interface GoldenReport {
  overall: Accuracy;
  categories: ByCategory<Accuracy>[];
  moderators: (Accuracy & { moderatorId: string })[];
}

export interface SecondLookReport {
  /** of whoever decided first with whoever looked second */
  overall: Agreement;
  categories: ByCategory<Agreement>[];
  /** the person with the lower id is the first of `allowBlock` and `blockAllow`, whoever decided first */
  pairs: (Agreement & { moderatorIds: [string, string]; categories: ByCategory<Agreement>[] })[];
}

/** Pure. The most looks first. */
export const goldenReportOf = (tallies: GoldenTally[]): GoldenReport => ({
  overall: accuracyOf(tallies),
  categories: groups(tallies, categoryOf).map((group) => ({
    category: group[0].category,
    ...accuracyOf(group),
  })),
  moderators: groups(tallies, ({ moderatorId }) => moderatorId).map((group) => ({
    moderatorId: group[0].moderatorId,
    ...accuracyOf(group),
  })),
});

/** Pure. The most looks first. */
export const secondLookReportOf = (tallies: SecondLookTally[]): SecondLookReport => ({
  overall: agreementOf(tallies),
  categories: byCategory(tallies),
  pairs: groups(tallies.map(lowerIdFirst), (tally) => `${tally.firstModeratorId} ${tally.moderatorId}`).map(
    (group) => ({
      moderatorIds: [group[0].firstModeratorId, group[0].moderatorId],
      ...agreementOf(group),
      categories: byCategory(group),
    }),
  ),
});

const accuracyOf = (tallies: GoldenTally[]): Accuracy => {
  const looks = countOf(tallies);
  const right = countOf(tallies.filter(({ expected, verdict }) => expected === verdict));
  const missed = countOf(
    tallies.filter(({ expected, verdict }) => expected === 'block' && verdict === 'allow'),
  );
  return {
    looks,
    right,
    missed,
    overblocked: looks - right - missed,
    accuracy: proportionOf(right, looks) ?? null,
  };
};

const agreementOf = (tallies: SecondLookTally[]): Agreement => {
  const cell = (a: HumanVerdict, b: HumanVerdict): number =>
    countOf(tallies.filter(({ first, second }) => first === a && second === b));
  const table = {
    bothAllow: cell('allow', 'allow'),
    bothBlock: cell('block', 'block'),
    allowBlock: cell('allow', 'block'),
    blockAllow: cell('block', 'allow'),
  };
  const looks = countOf(tallies);
  return {
    looks,
    ...table,
    agreement: proportionOf(table.bothAllow + table.bothBlock, looks) ?? null,
    kappa: cohensKappa(table) ?? null,
  };
};

const byCategory = (tallies: SecondLookTally[]): ByCategory<Agreement>[] =>
  groups(tallies, categoryOf).map((group) => ({ category: group[0].category, ...agreementOf(group) }));

/** Two people are one pair, whichever of them had decided first. */
const lowerIdFirst = (tally: SecondLookTally): SecondLookTally =>
  tally.firstModeratorId < tally.moderatorId
    ? tally
    : {
        ...tally,
        firstModeratorId: tally.moderatorId,
        moderatorId: tally.firstModeratorId,
        first: tally.second,
        second: tally.first,
      };

const categoryOf = ({ category }: { category: string | null }): string => category ?? '';
const countOf = (tallies: { count: number }[]): number => tallies.reduce((sum, { count }) => sum + count, 0);

const groups = <Tally extends { count: number }>(
  tallies: Tally[],
  keyOf: (tally: Tally) => string,
): [Tally, ...Tally[]][] => {
  const byKey = new Map<string, [Tally, ...Tally[]]>();
  for (const tally of tallies) {
    const group = byKey.get(keyOf(tally));
    if (group) group.push(tally);
    else byKey.set(keyOf(tally), [tally]);
  }
  return [...byKey.entries()]
    .sort(([keyA, a], [keyB, b]) => countOf(b) - countOf(a) || (keyA < keyB ? -1 : 1))
    .map(([, group]) => group);
};
