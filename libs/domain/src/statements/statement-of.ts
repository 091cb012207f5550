import type { Category } from '../category.js';
import type { DecisionReason, Ground } from '../policy/reason-codes.js';
import { dsaClassOf } from './dsa-category.js';
import { factsOf } from './facts.js';
import type { StatedVerdict, StatementFacts } from './statement-facts.js';
import type { Statement } from './statement.js';

const dayMs = 24 * 60 * 60 * 1000;

/** Pure: the same facts make the same statement. */
export const statementOf = (facts: StatementFacts): Statement => {
  const { id, content, verdict, policy, complainedAt } = facts;
  const rules = policy.statements;
  const reason = reasonOf(facts);
  // A person may have seen something else than the models.
  const category = facts.decision ? (reason?.category ?? null) : (worstOf(verdict) ?? null);
  return {
    id,
    contentId: content.id,
    issuedAt: facts.issuedAt.toISOString(),
    restriction: {
      kind: 'visibility',
      action: rules.restriction,
      territorialScope: rules.territorialScope,
      startsAt: verdict.at.toISOString(),
      endsAt: null,
    },
    facts: factsOf(facts),
    source: 'own_initiative',
    automatedDetection: detectedByMachine(facts),
    automatedDecision: automationOf(facts),
    ground: { ...(reason?.ground ?? unnamedGround), url: rules.termsUrl },
    reason: reason?.code ?? null,
    category,
    dsa: dsaClassOf(reason?.code ?? null, category),
    content: { kind: 'image', receivedAt: content.receivedAt.toISOString() },
    policy: verdict.policy,
    redress: {
      complaint: {
        until:
          complainedAt === null
            ? new Date(verdict.at.getTime() + rules.appealDays * dayMs).toISOString()
            : null,
        url: rules.complaintUrl,
      },
      outOfCourt: { url: rules.outOfCourtUrl },
      court: true,
    },
  };
};

/** Where the policy has no reason that fits. */
const unnamedGround: Ground = {
  kind: 'incompatible',
  reference: 'Terms of use',
  explanation: 'The picture shows what the terms of use do not permit here.',
};

/** A person's own reason; where models alone decided, the policy's reason for what they saw. */
const reasonOf = ({ decision, verdict, policy }: StatementFacts): DecisionReason | undefined => {
  if (decision) return decision.policy.reasonCodes.find(({ code }) => code === decision.reason);
  const category = worstOf(verdict);
  return category === undefined ? undefined : machinesReason(category, policy.reasonCodes);
};

/**
 * The one that is about exactly this category, else about its group. That a picture is illegal is for a person to say: a
 * model's score never does.
 */
const machinesReason = (category: Category, reasons: DecisionReason[]): DecisionReason | undefined => {
  const fitting = reasons.filter(
    ({ verdicts, ground }) => verdicts.includes('block') && ground?.kind === 'incompatible',
  );
  const group = `${category.split('/')[0]}/*`;
  return (
    fitting.find((reason) => reason.category === category) ??
    fitting.find((reason) => reason.category === group)
  );
};

/** The category with the highest score of those that raised the verdict the most. */
const worstOf = ({ reasons, verdict }: StatedVerdict): Category | undefined => {
  const scored = reasons.filter((reason) => reason.kind === 'score');
  const decisive = scored.filter((reason) => reason.verdict === verdict);
  return [...(decisive.length > 0 ? decisive : scored)].sort((a, b) => b.score - a.score)[0]?.category;
};

/** A person who saw a picture by chance found what no machine had: that is no detection by automated means. */
const detectedByMachine = ({ decision, verdict }: StatementFacts): boolean =>
  verdict.tier !== 'human' || decision === null || decision.machineVerdict !== 'allow';

/** A person's decision taken over for a copy of the picture is a person's judgement, applied by a machine. */
const automationOf = ({ verdict, decision }: StatementFacts): Statement['automatedDecision'] => {
  if (verdict.tier === 'human') return 'not';
  return decision ? 'partially' : 'fully';
};
