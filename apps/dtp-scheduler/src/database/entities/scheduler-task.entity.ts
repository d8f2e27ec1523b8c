import {
  type JsonObject,
  type RetryPolicy,
  SCHEDULER_TASK_STATES,
  type SchedulerTaskState,
  type TaskError,
} from '@taskpilot/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * A task as it is stored. Changed by the statements under `queue/statements/` alone; this class is what their rows are
 * read as, and a test proves that it agrees with the migrated schema.
 */
@Entity('scheduler_task')
export class SchedulerTask {
  @PrimaryColumn('uuid')
  id: string;

  @Column({ type: 'text', name: 'idempotency_key', nullable: true, collation: 'C' })
  idempotencyKey: string | null;

  @Column({ type: 'text', collation: 'C' })
  type: string;

  @Column('json')
  payload: JsonObject;

  @Column({ type: 'text', collation: 'C' })
  queue: string;

  @Column('smallint')
  priority: number;

  @Column('enum', { enum: SCHEDULER_TASK_STATES, enumName: 'task_state' })
  state: SchedulerTaskState;

  @Column('integer', { name: 'state_seq' })
  stateSeq: number;

  @Column('integer')
  attempt: number;

  @Column('integer', { name: 'failed_attempts' })
  failedAttempts: number;

  @Column('integer', { name: 'lost_attempts' })
  lostAttempts: number;

  @Column('integer', { name: 'max_attempts' })
  maxAttempts: number;

  /** `null` stands for the default. */
  @Column('json', { name: 'retry_policy', nullable: true })
  retryPolicy: RetryPolicy | null;

  @Column('integer', { name: 'timeout_ms' })
  timeoutMs: number;

  @Column('timestamptz', { name: 'deadline_at', nullable: true })
  deadlineAt: Date | null;

  @Column('timestamptz', { name: 'run_at' })
  runAt: Date;

  @Column('timestamptz', { name: 'started_at', nullable: true })
  startedAt: Date | null;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt: Date | null;

  @Column('timestamptz', { name: 'cancel_requested_at', nullable: true })
  cancelRequestedAt: Date | null;

  @Column('uuid', { name: 'worker_id', nullable: true })
  workerId: string | null;

  /** The worker of the attempt that succeeded. */
  @Column('uuid', { name: 'completed_by', nullable: true })
  completedBy: string | null;

  @Column('json', { nullable: true })
  result: unknown;

  @Column('json', { nullable: true })
  error: TaskError | null;

  @Column({ type: 'text', nullable: true, collation: 'C' })
  traceparent: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;
}
