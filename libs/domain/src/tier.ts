import { z } from 'zod';

/** Who answers: a hash list or an earlier human decision, the fast model, the deep models, a person. */
export const tiers = ['known', 'fast', 'deep', 'human'] as const;
export const tierSchema = z.enum(tiers);
export type Tier = z.infer<typeof tierSchema>;

/** The tiers that score with models, and so have thresholds in a policy. */
export const modelTierSchema = z.enum(['fast', 'deep']);
export type ModelTier = z.infer<typeof modelTierSchema>;
