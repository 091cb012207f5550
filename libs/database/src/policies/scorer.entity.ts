import type { ModelTier } from '#libs/domain';
import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import { instantNow } from '../connection/columns.js';

/** A model pack that some gateway or worker uses, by its own word. */
@Entity('scorer')
@Check('scorer_tier_check', `tier IN ('fast', 'deep')`)
export class ScorerEntity {
  @PrimaryColumn('text')
  tier!: ModelTier;

  @PrimaryColumn('text')
  pack!: string;

  @PrimaryColumn('text')
  version!: string;

  @Column('text', { array: true })
  categories!: string[];

  /** when the last of them said so */
  @Column(instantNow)
  seenAt!: Date;
}
