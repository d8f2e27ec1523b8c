import { Injectable } from '@nestjs/common';
import { DtpInstanceStore } from './dtp-instance-store.ts';
import { SchedulerFailure } from './scheduler-client.ts';

/**
 * Which DTP database the tasks of this control plane are bound to. Kept in `webdb` from the first bind on, so that a
 * `DTP_URL` that leads elsewhere is noticed instead of binding the same tasks there again.
 */
@Injectable()
export class DtpInstance {
  private expectedId: string | null = null;
  private strangerId: string | null = null;

  constructor(private readonly store: DtpInstanceStore) {}

  /** The id that DTP must have; `null` before the first bind. */
  async expected(): Promise<string | null> {
    this.expectedId ??= await this.store.read();
    return this.expectedId;
  }

  /** Remembers the instance of the first bind. */
  async pin(id: string): Promise<void> {
    if (this.expectedId === null) await this.store.pin(id);
    this.verify(id, await this.expected());
  }

  /** Compares the instance that answered with the expected one. @throws SchedulerFailure */
  verify(id: string, expected: string | null): void {
    this.strangerId = expected === null || id === expected ? null : id;
    if (this.fault) throw new SchedulerFailure('unavailable', this.fault);
  }

  /** Why DTP_URL cannot be right, or `null`. Mends itself when the right instance answers again. */
  get fault(): string | null {
    if (this.strangerId === null) return null;
    return `DTP_URL leads to DTP instance ${this.strangerId}, but the tasks here are bound at ${this.expectedId}.`;
  }
}
