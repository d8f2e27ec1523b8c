import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A key of a caller's, the task that it made, and the hash of the body that made it. */
@Entity('idempotency_key')
export class IdempotencyKey {
  @PrimaryColumn('text')
  key: string;

  @Column('text', { name: 'request_hash' })
  requestHash: string;

  @Column('uuid', { name: 'web_task_id' })
  webTaskId: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;
}
