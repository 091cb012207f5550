import kafkajs, { type PartitionAssigner } from 'kafkajs';
import { z } from 'zod';
import { type Member, planAssignment } from './assignment-plan.js';

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;
const version = 1;

const partitions = z.record(z.string(), z.array(z.number().int().min(0)));
const memberFacts = z.object({ isLeaving: z.boolean(), working: partitions, owned: partitions });
type MemberFacts = z.infer<typeof memberFacts>;

/** kafkajs asks for `facts` whenever the consumer joins, and one member of the group to plan for all. */
export const assigner =
  (facts: () => MemberFacts): PartitionAssigner =>
  ({ cluster }) => ({
    name: 'sluice',
    version,
    protocol: ({ topics }) => ({
      name: 'sluice',
      metadata: MemberMetadata.encode({ version, topics, userData: Buffer.from(JSON.stringify(facts())) }),
    }),
    assign: ({ members, topics }) => {
      const partitionsOf = (topic: string): number[] =>
        cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
      const plan = planAssignment(
        members.map(({ memberId, memberMetadata }) => ({ id: memberId, ...factsIn(memberMetadata) })),
        new Map(topics.map((topic) => [topic, partitionsOf(topic)])),
      );
      const assignments = [...plan].map(([memberId, assignment]) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({ version, assignment, userData: Buffer.alloc(0) }),
      }));
      return Promise.resolve(assignments);
    },
  });

/** Of a member that says nothing readable: it takes part like any other. */
const factsIn = (metadata: Buffer): Omit<Member, 'id'> => {
  try {
    const userData = MemberMetadata.decode(metadata)?.userData.toString() ?? '';
    return memberFacts.parse(JSON.parse(userData));
  } catch {
    return { isLeaving: false, working: {}, owned: {} };
  }
};
