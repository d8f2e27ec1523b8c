import { ATTEMPT_OUTCOMES, type AttemptOutcome, type TaskError } from '@taskpilot/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An attempt that has ended, as it is stored. The open one, and the one that succeeded, are the task's own row. */
@Entity('attempt')
export class Attempt {
  @PrimaryColumn('uuid', { name: 'task_id' })
  taskId: string;

  @PrimaryColumn('integer')
  number: number;

  @Column('uuid', { name: 'worker_id' })
  workerId: string;

  @Column('timestamptz', { name: 'started_at' })
  startedAt: Date;

  @Column('timestamptz', { name: 'finished_at' })
  finishedAt: Date;

  @Column('enum', { enum: ATTEMPT_OUTCOMES, enumName: 'attempt_outcome' })
  outcome: AttemptOutcome;

  @Column('json', { nullable: true })
  error: TaskError | null;

  @Column('timestamptz', { name: 'retry_at', nullable: true })
  retryAt: Date | null;
}
