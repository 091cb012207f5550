import type { Category } from '../category.js';
import type { ModelTier } from '../tier.js';

/** A model pack that gateways or workers said they use, and what it scores. */
export interface Scorer {
  tier: ModelTier;
  pack: string;
  version: string;
  categories: Category[];
  /** whether it was heard of just now; a category of one that has gone is still a known word */
  isLive: boolean;
}
