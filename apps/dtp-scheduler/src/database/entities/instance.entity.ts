import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Which database this is: one row, made by the first migration, never changed. */
@Entity('instance')
export class Instance {
  @PrimaryColumn('boolean')
  singleton: boolean;

  @Column('uuid')
  id: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;
}
