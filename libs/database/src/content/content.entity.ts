import type { MediaType, Tier, Verdict } from '#libs/domain';
import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { instant, instantNow } from '../connection/columns.js';

/** One submitted image, and the verdict that holds for it now. Its history stands in `verdict`. */
@Entity('content')
@Index(['sha256'])
@Index('content_received_idx', ['receivedAt', 'id'])
@Index('content_verdict_idx', ['verdict', 'receivedAt', 'id'])
@Index('content_tier_idx', ['tier', 'receivedAt', 'id'])
@Index('content_category_idx', ['category', 'receivedAt', 'id'], { where: 'category IS NOT NULL' })
@Index('content_reference_idx', ['reference', 'receivedAt', 'id'], { where: 'reference IS NOT NULL' })
@Index('content_reference_age_idx', ['receivedAt'], { where: 'reference IS NOT NULL' })
@Check('content_verdict_check', `verdict IN ('allow', 'review', 'block')`)
@Check('content_audience_check', 'audience >= 0')
@Check('content_tier_check', `tier IN ('known', 'fast', 'deep', 'human')`)
export class ContentEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('bytea')
  sha256!: Buffer;

  /** 32 bytes, most significant first; null where the picture was not hashed */
  @Column('bytea', { nullable: true })
  pdq!: Buffer | null;

  /** 0–100 */
  @Column('smallint', { nullable: true })
  pdqQuality!: number | null;

  @Column('text')
  mediaType!: MediaType;

  @Column('integer')
  width!: number;

  @Column('integer')
  height!: number;

  @Column('integer')
  bytes!: number;

  @Column('text')
  surface!: string;

  @Column('text', { nullable: true })
  reference!: string | null;

  /** how many people will see it, by the caller's own estimate; null: it made none */
  @Column('integer', { nullable: true })
  audience!: number | null;

  @Column('uuid')
  apiKeyId!: string;

  @Column('text', { nullable: true })
  blobKey!: string | null;

  @Column(instant)
  receivedAt!: Date;

  /** null until a tier has judged it (`mode=async`): not an allow */
  @Column('text', { nullable: true })
  verdict!: Verdict | null;

  @Column('text', { nullable: true })
  tier!: Tier | null;

  @Column('text', { nullable: true })
  policyName!: string | null;

  @Column('integer', { nullable: true })
  policyVersion!: number | null;

  /** the worst that any model saw above its threshold; null where none did */
  @Column('text', { nullable: true })
  category!: string | null;

  /** an event said that no model and no person is to come after it */
  @Column('boolean', { default: false })
  settled!: boolean;

  /** false while a deeper tier or a person may still change the verdict */
  @Column('boolean', { default: false })
  final!: boolean;

  @Column(instantNow)
  updatedAt!: Date;

  /** its picture was erased on request: `blobKey` is null for good, and no case may be opened about it */
  @Column({ ...instant, nullable: true })
  imageErasedAt!: Date | null;

  /** whatever may point to a person was erased, on schedule or on request */
  @Column({ ...instant, nullable: true })
  personalErasedAt!: Date | null;
}
