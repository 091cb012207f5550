import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { ModeratorEntity } from '../accounts/moderator.entity.js';
import { instantNow } from '../connection/columns.js';

/** One version of all routing rules; the highest holds. Append-only: a trigger refuses UPDATE, DELETE and TRUNCATE. */
@Entity('routing_rules')
@Check('routing_rules_version_check', 'version > 0')
export class RoutingRulesEntity {
  @PrimaryColumn('integer')
  version!: number;

  /** a `RoutingRules` */
  @Column('jsonb')
  document!: unknown;

  @Column('uuid', { nullable: true })
  @ForeignKey(() => ModeratorEntity)
  publishedBy!: string | null;

  @Column(instantNow)
  publishedAt!: Date;
}
