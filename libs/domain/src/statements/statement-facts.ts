import type { MediaType } from '../content.js';
import type { CategoryVerdicts, ModelRef, PolicyRef, Reason } from '../judgement.js';
import type { DecisionReason } from '../policy/reason-codes.js';
import type { Tier } from '../tier.js';
import type { Verdict } from '../verdict.js';
import type { StatementRules } from './statement-rules.js';

/** What one tier concluded, with what it rests on. */
export interface StatedVerdict {
  tier: Tier;
  verdict: Verdict;
  policy: PolicyRef;
  categories: CategoryVerdicts;
  reasons: Reason[];
  models: ModelRef[];
  at: Date;
}

/** What of a policy version statements are made of. */
export interface StatedPolicy {
  reasonCodes: DecisionReason[];
  statements: StatementRules;
}

/** All that a statement is made of. */
export interface StatementFacts {
  id: string;
  issuedAt: Date;
  content: {
    id: string;
    mediaType: MediaType;
    width: number;
    height: number;
    surface: string;
    receivedAt: Date;
  };
  /** the block that holds */
  verdict: StatedVerdict;
  /** the models' last word on this picture; null where none was asked */
  machine: StatedVerdict | null;
  /** the person's decision that the block is, or was taken over from; null where models alone decided */
  decision: { reason: string; decidedAt: Date; machineVerdict: Verdict; policy: StatedPolicy } | null;
  /** of the verdict */
  policy: StatedPolicy;
  /** when the complaint was made that this decision answers; null where it answers none */
  complainedAt: Date | null;
}
