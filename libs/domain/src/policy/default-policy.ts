import { defaultDeepBudgetMs, type PolicyDocument } from './policy.js';
import { defaultStatementRules } from '../statements/statement-rules.js';
import { defaultReasonCodes } from './reason-codes.js';

/**
 * What an installation judges by until somebody publishes another version. Every number is justified in
 * docs/thresholds.md from scores measured on benign sample photos; change both together.
 */
export const defaultPolicyDocument: PolicyDocument = {
  categories: {
    'sexual/explicit': {
      fast: { review: 0.2, block: 0.97 },
      deep: { review: 0.3, block: 0.9 },
    },
    'sexual/suggestive': {
      fast: { review: 0.5, block: null },
      deep: { review: 0.5, block: null },
    },
    'goods/firearm': { deep: { review: 0.3, block: null } },
    'goods/military': { deep: { review: 0.3, block: null } },
    'goods/alcohol': { deep: { review: 0.3, block: null } },
    'goods/gambling': { deep: { review: 0.3, block: null } },
    'goods/medical': { deep: { review: 0.3, block: null } },
    'apparel/swimwear': { deep: { review: null, block: null } },
    'spam/qr-code': { deep: { review: 0.5, block: null } },
  },
  deep: {},
  hold: true,
  auditSampleRate: 0.002,
  detectors: {},
  deepBudgetMs: defaultDeepBudgetMs,
  links: { allow: [], deny: [] },
  phrases: { deny: [] },
  humanAllowDays: 180,
  // Blocked pictures outlast the 184 days in which a block may be appealed.
  retention: { allowedDays: 30, blockedDays: 200, referenceDays: 365 },
  reasonCodes: defaultReasonCodes,
  statements: defaultStatementRules,
  surfaces: {
    avatar: {
      categories: {
        'sexual/suggestive': {
          fast: { review: 0.4, block: null },
          deep: { review: 0.4, block: 0.95 },
        },
      },
    },
    listing: { deep: { 'goods/*': 'always', 'spam/qr-code': 'always' } },
    chat: { hold: false },
  },
};
