import type { BindError, JsonObject, RetryPolicy, WebTaskStatus } from '@taskpilot/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What should run. The columns of the binding protocol (`bind_body` and its like) belong to `binding/` alone. */
@Entity('web_task')
export class WebTask {
  @PrimaryColumn('uuid')
  id: string;

  @Column('text')
  name: string;

  @Column('text')
  type: string;

  @Column('json')
  payload: JsonObject;

  @Column('text')
  queue: string;

  @Column('smallint')
  priority: number;

  @Column('timestamptz', { name: 'run_at', nullable: true })
  runAt: Date | null;

  @Column('json', { name: 'retry_policy' })
  retryPolicy: RetryPolicy;

  @Column('integer', { name: 'timeout_ms' })
  timeoutMs: number;

  @Column('timestamptz', { name: 'deadline_at', nullable: true })
  deadlineAt: Date | null;

  @Column('json')
  labels: Readonly<Record<string, string>>;

  @Column('text')
  status: WebTaskStatus;

  @Column('uuid', { name: 'scheduler_task_id', nullable: true })
  schedulerTaskId: string | null;

  @Column('json', { name: 'bind_error', nullable: true })
  bindError: BindError | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;
}

/** The same columns for raw statements, so that their rows have the entity's shape. */
export const WEB_TASK_COLUMNS = `web_task.id, web_task.name, web_task.type, web_task.payload, web_task.queue,
  web_task.priority, web_task.run_at AS "runAt", web_task.retry_policy AS "retryPolicy",
  web_task.timeout_ms AS "timeoutMs", web_task.deadline_at AS "deadlineAt", web_task.labels, web_task.status,
  web_task.scheduler_task_id AS "schedulerTaskId", web_task.bind_error AS "bindError",
  web_task.created_at AS "createdAt", web_task.updated_at AS "updatedAt"`;
