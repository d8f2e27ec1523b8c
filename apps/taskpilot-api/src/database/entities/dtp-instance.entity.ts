import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The DTP database that this control plane has bound tasks to. */
@Entity('dtp_instance')
export class DtpInstanceRecord {
  @PrimaryColumn('boolean')
  singleton: true;

  @Column('uuid')
  id: string;

  @Column('timestamptz', { name: 'recorded_at' })
  recordedAt: Date;
}
