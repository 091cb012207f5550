import type { CategoryVerdicts, ModelRef, Reason, Tier, Unheard, Verdict } from '#libs/domain';
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { instant } from '../connection/columns.js';
import { ContentEntity } from './content.entity.js';

/** One tier's judgement on one content. Append-only: a trigger refuses UPDATE, DELETE and TRUNCATE. */
@Entity('verdict')
// On an expression, which an entity cannot say.
@Index('verdict_known_block_idx', { synchronize: false })
@Check('verdict_verdict_check', `verdict IN ('allow', 'review', 'block')`)
@Check('verdict_tier_check', `tier IN ('known', 'fast', 'deep', 'human')`)
export class VerdictEntity {
  @PrimaryColumn('uuid')
  @ForeignKey(() => ContentEntity)
  contentId!: string;

  /** the judgement's own key, the same on every redelivery: what makes recording it twice harmless */
  @PrimaryColumn('text')
  key!: string;

  @Column('text')
  tier!: Tier;

  @Column('text')
  verdict!: Verdict;

  @Column('text')
  policyName!: string;

  @Column('integer')
  policyVersion!: number;

  @Column('jsonb')
  categories!: CategoryVerdicts;

  @Column('jsonb')
  reasons!: Reason[];

  @Column('jsonb')
  models!: ModelRef[];

  /** detectors that should have looked and have not answered; null where all did */
  @Column('jsonb', { nullable: true })
  unheard!: Unheard[] | null;

  @Column(instant)
  at!: Date;
}
