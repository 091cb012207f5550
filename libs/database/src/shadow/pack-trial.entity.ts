import type { TrialState } from '#libs/domain';
import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { instant } from '../connection/columns.js';

/** A pack that runs beside another one, or took its place. The last one of a pack says where it stands. */
@Entity('pack_trial')
@Index('pack_trial_pack_idx', ['pack', 'startedAt'])
@Index('pack_trial_running_idx', ['pack'], { unique: true, where: `state = 'running'` })
@Index('pack_trial_promoted_idx', ['against'], { unique: true, where: `state = 'promoted'` })
@Check('pack_trial_state_check', `state IN ('running', 'stopped', 'promoted', 'rolled_back')`)
@Check('pack_trial_share_check', 'share > 0 AND share <= 1')
@Check('pack_trial_against_check', 'pack <> against')
@Check('pack_trial_ended_check', `(state = 'running') = (ended_at IS NULL)`)
export class PackTrialEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  pack!: string;

  @Column('text')
  version!: string;

  /** whose place it may take, or took */
  @Column('text')
  against!: string;

  @Column('double precision')
  share!: number;

  @Column('text', { default: 'running' })
  state!: TrialState;

  @Column('text')
  startedBy!: string;

  @Column({ ...instant, default: () => 'clock_timestamp()' })
  startedAt!: Date;

  /** of running beside the other: promoted or stopped, or rolled back later */
  @Column({ ...instant, nullable: true })
  endedAt!: Date | null;
}
