/** What a consumer says of itself when its group is formed anew. */
export interface Member {
  id: string;
  /** it is stopping, and takes nothing more */
  isLeaving: boolean;
  /** topic → partitions of which it has messages in work */
  working: Record<string, number[]>;
  /** topic → partitions that it had before */
  owned: Record<string, number[]>;
}

/** Member's id → topic → partitions. */
export type AssignmentPlan = Map<string, Record<string, number[]>>;

/**
 * Who gets which partitions. A member that is leaving keeps those of which it has messages in work, so that it can commit
 * them when they are done, and nothing else. The others share the rest evenly, topic by topic, and keep what they
 * have as far as that is fair, first what they work on: what moves while it is in work is handled twice.
 */
export const planAssignment = (members: Member[], topics: Map<string, number[]>): AssignmentPlan => {
  const byId = [...members].sort((a, b) => (a.id < b.id ? -1 : 1));
  const plan: AssignmentPlan = new Map(byId.map(({ id }) => [id, {}]));
  const staying = byId.filter(({ isLeaving }) => !isLeaving);
  const sizes = new Map(byId.map(({ id }) => [id, 0]));
  for (const [topic, partitions] of topics) {
    const free = new Set(partitions);
    const give = (id: string, partition: number): void => {
      free.delete(partition);
      (plan.get(id)![topic] ??= []).push(partition);
      sizes.set(id, sizes.get(id)! + 1);
    };
    for (const { id, isLeaving, working } of byId)
      if (isLeaving)
        for (const partition of working[topic] ?? []) if (free.has(partition)) give(id, partition);
    shareFairly(topic, free, staying, sizes, give);
  }
  for (const shares of plan.values()) for (const each of Object.values(shares)) each.sort((a, b) => a - b);
  return plan;
};

const shareFairly = (
  topic: string,
  free: Set<number>,
  members: Member[],
  sizes: Map<string, number>,
  give: (id: string, partition: number) => void,
): void => {
  if (members.length === 0) return;
  const claims = new Map(
    members.map(({ id, working, owned }) => [
      id,
      [...new Set([...(working[topic] ?? []), ...(owned[topic] ?? [])])].filter((each) => free.has(each)),
    ]),
  );
  const least = Math.floor(free.size / members.length);
  // who gets one more than the others: those with the fewest so far, and then those who have it already
  const order = [...members].sort(
    (a, b) => sizes.get(a.id)! - sizes.get(b.id)! || claims.get(b.id)!.length - claims.get(a.id)!.length,
  );
  const extras = free.size % members.length;
  const quota = new Map(order.map(({ id }, at) => [id, least + (at < extras ? 1 : 0)]));
  const take = (id: string, partition: number): void => {
    quota.set(id, quota.get(id)! - 1);
    give(id, partition);
  };
  for (const { id } of order)
    for (const partition of claims.get(id)!)
      if (quota.get(id)! > 0 && free.has(partition)) take(id, partition);
  for (const { id } of order)
    for (const partition of [...free]) {
      if (quota.get(id)! === 0) break;
      take(id, partition);
    }
};
