import { Injectable } from '@nestjs/common';
import type { AttemptView, SchedulerTaskView } from '@taskpilot/contracts';
import { type CreateSchedulerTaskDto, canonicalHash, findHeaderFaults, resolveTaskSpec } from '@taskpilot/dto';
import {
  type Created,
  DtpConfig,
  IdSequence,
  ProblemError,
  readDto,
  requestContext,
  validationFailed,
} from '@taskpilot/platform';
import { type NewTask, type PageRequest, type TaskFilter, type TaskPage, TaskQueue } from '../queue/task-queue.ts';
import { HandlerRegistry } from '../worker/handler-registry.ts';

const notFound = (id: string): ProblemError =>
  new ProblemError('TASK_NOT_FOUND', `No task has the id ${id}. Check the id, and that this is the right DTP.`);

const expired = (taskId: string): ProblemError =>
  new ProblemError('TASK_EXPIRED', `Task ${taskId} has ended, and was pruned after its retention.`, { taskId });

/** The queue in the terms of the REST contract: its answers become views, or the problem that the caller is told. */
@Injectable()
export class TaskService {
  private readonly ids = new IdSequence();

  constructor(
    private readonly queue: TaskQueue,
    private readonly handlers: HandlerRegistry,
    private readonly config: DtpConfig,
  ) {}

  /**
   * The task that a body asks for, every default filled in.
   * @param received the body as it came in, before any default: a repeat is recognised by it
   * @throws ProblemError VALIDATION_FAILED
   */
  read(body: CreateSchedulerTaskDto, received: unknown, idempotencyKey: string | null): NewTask {
    const spec = resolveTaskSpec(body);
    this.refuseUnfitPayload(spec);
    return {
      ...spec,
      id: this.ids.next(),
      idempotencyKey,
      requestHash: idempotencyKey === null ? '' : canonicalHash(received),
      traceparent: requestContext().traceparent,
    };
  }

  /** Answers 201 with a new task, or 200 with the one that the key has made. */
  async enqueue(task: NewTask): Promise<Created<SchedulerTaskView>> {
    const answer = await this.queue.enqueue(task);
    switch (answer.kind) {
      case 'created':
      case 'existing':
        return { status: answer.kind === 'created' ? 201 : 200, task: answer.task };
      case 'mismatch':
        throw new ProblemError(
          'IDEMPOTENCY_MISMATCH',
          'This Idempotency-Key has already made a task from another body. Use a new key for a new task.',
        );
      case 'pruned':
        throw expired(answer.taskId);
    }
  }

  list(filter: TaskFilter, page: PageRequest): Promise<TaskPage> {
    return this.queue.list(filter, page);
  }

  async find(id: string): Promise<SchedulerTaskView> {
    const found = await this.queue.find(id);
    if (found.kind === 'found') return found.value;
    throw found.kind === 'pruned' ? expired(id) : notFound(id);
  }

  async attempts(id: string): Promise<readonly AttemptView[]> {
    const found = await this.queue.attempts(id);
    if (found.kind === 'found') return found.value;
    throw found.kind === 'pruned' ? expired(id) : notFound(id);
  }

  async cancel(id: string): Promise<SchedulerTaskView> {
    const answer = await this.queue.cancel(id, this.config.cancelGraceMs);
    switch (answer.kind) {
      case 'accepted':
        return answer.task;
      case 'terminal':
        throw new ProblemError('TASK_NOT_CANCELLABLE', `The task has already ended: it is ${answer.state}.`, {
          state: answer.state,
        });
      case 'pruned':
        throw expired(id);
      case 'unknown':
        throw notFound(id);
    }
  }

  /** A type that is known here says what its payload must look like; an unknown one may be known elsewhere. */
  private refuseUnfitPayload(spec: { readonly type: string; readonly payload: object }): void {
    const faults = findHeaderFaults(spec);
    if (faults.length > 0) throw validationFailed(faults);
    const payloadClass = this.handlers.payloadClass(spec.type);
    if (payloadClass) readDto(payloadClass, spec.payload, ['payload']);
  }
}
