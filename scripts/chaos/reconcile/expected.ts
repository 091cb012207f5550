import type { Tier, Verdict } from '#libs/domain';
import { pickForAudit } from '../../../apps/worker/src/rescoring/audit-pick.js';
import { chaosPolicy } from '../world/stub-packs.js';
import type { ClientUpload } from './client-view.js';

/** What has to stand in the ledger in the end. */
export interface Expected {
  /** of the verdict that holds */
  verdict: Verdict;
  tier: Tier;
  /** verdicts in its history */
  verdicts: number;
  /** whether a person has to look at it */
  hasCase: boolean;
}

/** What became of an answered upload, by what was drawn and what its caller was told. */
export const expectedOf = ({ begun }: ClientUpload, answer: { id: string; final: boolean }): Expected => {
  const { fast, deep, mode, surface } = begun;
  const looksDeeper = fast === 'review' || (fast === 'allow' && surface === 'listing');
  const verdict = looksDeeper ? deep : fast;
  const isSampled = mode === 'sync' && !looksDeeper && fast === 'allow' && !answer.final;
  const isWorkers = mode === 'async' || looksDeeper;
  const sampledByWorker =
    isWorkers && verdict === 'allow' && workerSamples(answer.id, mode === 'async' ? 'submitted' : 'flagged');
  return {
    verdict,
    tier: looksDeeper ? 'deep' : 'fast',
    verdicts: looksDeeper ? 2 : 1,
    hasCase: verdict === 'review' || isSampled || sampledByWorker,
  };
};

/** Drawn from the event's id, so that a redelivery draws the same; and so can we. */
const workerSamples = (contentId: string, topic: 'submitted' | 'flagged'): boolean =>
  pickForAudit(`${contentId}:content.${topic}`, chaosPolicy.auditSampleRate) !== null;
