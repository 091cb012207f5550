import { Column, Entity, PrimaryColumn } from 'typeorm';
import { instantNow } from '../connection/columns.js';

/** A pack that a worker has open, by its own word. */
@Entity('pack_holder')
export class PackHolderEntity {
  @PrimaryColumn('uuid')
  workerId!: string;

  @PrimaryColumn('text')
  pack!: string;

  @Column('text')
  version!: string;

  @Column(instantNow)
  seenAt!: Date;
}
