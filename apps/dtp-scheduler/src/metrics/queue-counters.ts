import { Injectable } from '@nestjs/common';
import { Counter, Histogram, Registry } from 'prom-client';

const BATCH_SIZES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** What this process's calls of the queue came to. Counted once a call, as the database answered it, never once a task. */
@Injectable()
export class QueueCounters {
  readonly enqueued: Counter;
  readonly claimed: Counter<'lane'>;
  readonly ended: Counter<'verb'>;
  readonly stale: Counter;
  readonly cancels: Counter;
  readonly released: Counter;
  readonly rescued: Counter;
  readonly due: Counter;
  readonly pruned: Counter;
  readonly batches: Histogram<'call'>;
  readonly seconds: Histogram<'call'>;

  constructor(registry: Registry) {
    const registers = [registry];
    const counter = (name: string, help: string) => new Counter({ name: `dtp_${name}_total`, help, registers });
    this.enqueued = counter('tasks_enqueued', 'Tasks stored. A repeat under a known idempotency key is none.');
    this.claimed = new Counter({
      name: 'dtp_tasks_claimed_total',
      help: 'Tasks claimed: fresh ones, and suspects that were lost once or twice before.',
      labelNames: ['lane'],
      registers,
    });
    this.ended = new Counter({
      name: 'dtp_attempts_ended_total',
      help: 'Attempts whose end was recorded: complete, retry, fail, snooze, release, settle (cancelled).',
      labelNames: ['verb'],
      registers,
    });
    this.stale = counter('attempts_stale', 'Ends refused because the attempt was no longer its worker’s.');
    this.cancels = counter('cancels_accepted', 'Cancels accepted, repeats included.');
    this.released = counter('attempts_handed_back', 'Attempts handed back by an audit, or by a worker that retired.');
    this.rescued = counter('attempts_lost', 'Attempts taken from dead workers by this process.');
    this.due = counter('tasks_due', 'Scheduled tasks that this process made claimable when their time came.');
    this.pruned = counter('tasks_pruned', 'Tasks removed after the retention by this process.');
    this.batches = new Histogram({
      name: 'dtp_queue_batch_size',
      help: 'Tasks that shared one call of the database; calls that found nothing are left out.',
      labelNames: ['call'],
      buckets: BATCH_SIZES,
      registers,
    });
    this.seconds = new Histogram({
      name: 'dtp_queue_call_duration_seconds',
      help: 'How long claims, ends and steps of pruning took, the way to the database and back included.',
      labelNames: ['call'],
      buckets: SECONDS,
      registers,
    });
  }
}
