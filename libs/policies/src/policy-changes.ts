import diff from 'microdiff';

/** One difference between two policy documents, from the first to the second. */
export interface PolicyChange {
  /** `categories.sexual/explicit.fast.review`; a reason is named by its code: `reasonCodes.spam.label` */
  path: string;
  kind: 'added' | 'changed' | 'removed';
  /** absent where it was added */
  from?: unknown;
  /** absent where it was removed */
  to?: unknown;
}

/** Differs where the same reasons stand in another order. */
const orderPath = 'reasonCodes.order';

/**
 * What differs between two documents, for people to read: the smallest places, by path. Any JSON will do, since a draft
 * may be anything.
 */
export const policyChanges = (from: unknown, to: unknown): PolicyChange[] => {
  const changes = diff({ document: readable(from) }, { document: readable(to) }, { cyclesFix: false });
  return [
    ...changes.map((change): PolicyChange => {
      const path = change.path.slice(1).join('.');
      if (change.type === 'CREATE') return { path, kind: 'added', to: change.value as unknown };
      if (change.type === 'REMOVE') return { path, kind: 'removed', from: change.oldValue as unknown };
      return { path, kind: 'changed', from: change.oldValue as unknown, to: change.value as unknown };
    }),
    ...reordered(from, to),
  ].sort((one, other) => (one.path < other.path ? -1 : 1));
};

/**
 * Reasons are compared by their codes, not by where they stand. Objects get no prototype: the comparison asks with `in`,
 * and would find a `constructor` everywhere.
 */
const readable = (value: unknown): unknown => {
  const codes = reasonCodesIn(value);
  const top = withoutPrototype(value);
  if (codes && isObject(top))
    top['reasonCodes'] = bare(codes.map((code, index) => [code, itemsOf(top['reasonCodes'])[index]]));
  return top;
};

const withoutPrototype = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutPrototype);
  if (!isObject(value)) return value;
  return bare(Object.entries(value).map(([key, each]) => [key, withoutPrototype(each)]));
};

const bare = (entries: [string, unknown][]): Record<string, unknown> =>
  Object.assign(Object.create(null) as Record<string, unknown>, Object.fromEntries(entries));

/** The codes of a document's reasons in their order; undefined where they are not told apart by them. */
const reasonCodesIn = (document: unknown): string[] | undefined => {
  if (!isObject(document) || !Array.isArray(document['reasonCodes'])) return undefined;
  const codes = document['reasonCodes'].map((reason: unknown) =>
    isObject(reason) ? reason['code'] : undefined,
  );
  const areDistinct = new Set(codes).size === codes.length;
  return areDistinct && codes.every((code) => typeof code === 'string') ? codes : undefined;
};

const reordered = (from: unknown, to: unknown): PolicyChange[] => {
  const [before, after] = [reasonCodesIn(from), reasonCodesIn(to)];
  if (!before || !after) return [];
  const [kept, keptAfter] = [
    before.filter((code) => after.includes(code)),
    after.filter((code) => before.includes(code)),
  ];
  return kept.every((code, index) => code === keptAfter[index])
    ? []
    : [{ path: orderPath, kind: 'changed', from: before, to: after }];
};

const itemsOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
