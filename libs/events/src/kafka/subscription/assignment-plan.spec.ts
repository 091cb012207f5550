import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type AssignmentPlan, type Member, planAssignment } from './assignment-plan.js';

const topicNames = ['main', 'delay-1', 'delay-2'];
const partitions = fc.dictionary(
  fc.constantFrom(...topicNames, 'gone'),
  fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 8 }),
);
const members: fc.Arbitrary<Member[]> = fc.uniqueArray(
  fc.record({
    id: fc.string({ minLength: 1 }),
    isLeaving: fc.boolean(),
    working: partitions,
    owned: partitions,
  }),
  { selector: ({ id }) => id, minLength: 1, maxLength: 6 },
);
const topics = fc
  .array(fc.integer({ min: 1, max: 14 }), { minLength: 3, maxLength: 3 })
  .map(
    (counts) =>
      new Map(counts.map((count, at) => [topicNames[at]!, Array.from({ length: count }, (_, id) => id)])),
  );

const flat = (plan: AssignmentPlan): { id: string; topic: string; partition: number }[] =>
  [...plan].flatMap(([id, shares]) =>
    Object.entries(shares).flatMap(([topic, ids]) => ids.map((partition) => ({ id, topic, partition }))),
  );

describe('The plan of a group', () => {
  it('gives every partition to one member, as long as anybody stays', () => {
    fc.assert(
      fc.property(members, topics, (group, wanted) => {
        const given = flat(planAssignment(group, wanted)).map(
          ({ topic, partition }) => `${topic}/${partition}`,
        );
        expect(new Set(given).size).toBe(given.length);
        if (group.every(({ isLeaving }) => isLeaving)) return;
        expect(given.sort()).toEqual(
          [...wanted].flatMap(([topic, ids]) => ids.map((id) => `${topic}/${id}`)).sort(),
        );
      }),
    );
  });

  it('shares each topic evenly among those who stay', () => {
    fc.assert(
      fc.property(members, topics, (group, wanted) => {
        const staying = group.filter(({ isLeaving }) => !isLeaving);
        const plan = planAssignment(group, wanted);
        for (const topic of wanted.keys()) {
          const sizes = staying.map(({ id }) => plan.get(id)?.[topic]?.length ?? 0);
          if (sizes.length > 0) expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('leaves a member that is leaving what it works on, and nothing else', () => {
    fc.assert(
      fc.property(members, topics, (group, wanted) => {
        const given = flat(planAssignment(group, wanted));
        for (const { id, isLeaving, working } of group) {
          if (!isLeaving) continue;
          for (const each of given.filter((one) => one.id === id))
            expect(working[each.topic]).toContain(each.partition);
        }
        const [first] = group.filter(({ isLeaving }) => isLeaving).sort((a, b) => (a.id < b.id ? -1 : 1));
        for (const [topic, ids] of Object.entries(first?.working ?? {}))
          for (const partition of ids)
            if (wanted.get(topic)?.includes(partition))
              expect(given).toContainEqual({ id: first!.id, topic, partition });
      }),
    );
  });

  it('moves nothing when nothing has changed', () => {
    fc.assert(
      fc.property(members, topics, (group, wanted) => {
        const staying = group.filter(({ isLeaving }) => !isLeaving);
        const plan = planAssignment(staying, wanted);
        const settled = staying.map((member) => ({ ...member, working: {}, owned: plan.get(member.id)! }));
        expect(planAssignment(settled, wanted)).toEqual(plan);
      }),
    );
  });

  it('takes from a busy member first what it does not work on', () => {
    const busy = { id: 'a', isLeaving: false, working: { main: [1, 3] }, owned: { main: [0, 1, 2, 3] } };
    const newcomer = { id: 'b', isLeaving: false, working: {}, owned: {} };
    const plan = planAssignment([busy, newcomer], new Map([['main', [0, 1, 2, 3]]]));
    expect(plan.get('a')).toEqual({ main: [1, 3] });
    expect(plan.get('b')).toEqual({ main: [0, 2] });
  });
});
