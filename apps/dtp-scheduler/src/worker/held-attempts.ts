import { Injectable } from '@nestjs/common';
import type { AttemptRef } from '../queue/task-queue.ts';
import type { Attempt } from './attempt.ts';

/** What this worker has claimed and not yet recorded the end of: what an audit may leave it. */
@Injectable()
export class HeldAttempts {
  /** By task. A newer attempt replaces an older one, which must have been recorded for the task to be claimed again. */
  private readonly byTask = new Map<string, Attempt>();

  private dropped: (attempt: Attempt) => void = () => undefined;

  get size(): number {
    return this.byTask.size;
  }

  add(attempt: Attempt): void {
    this.byTask.set(attempt.task.id, attempt);
  }

  drop(attempt: Attempt): void {
    if (this.byTask.get(attempt.task.id) !== attempt) return;
    this.byTask.delete(attempt.task.id);
    this.dropped(attempt);
  }

  onDropped(listener: (attempt: Attempt) => void): void {
    this.dropped = listener;
  }

  find({ id, attempt }: AttemptRef): Attempt | undefined {
    const held = this.byTask.get(id);
    return held?.task.attempt === attempt ? held : undefined;
  }

  all(): readonly Attempt[] {
    return [...this.byTask.values()];
  }

  refs(): readonly AttemptRef[] {
    return this.all().map(({ task }) => ({ id: task.id, attempt: task.attempt }));
  }
}
