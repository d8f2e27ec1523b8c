import type { Logger } from '@nestjs/common';
import { outsideRequests, type Sql, within } from '@taskpilot/platform';
import pg from 'pg';
import { CoalescedCall } from './coalesced-call.ts';
import { type HintListener, QueueHints } from './task-queue.ts';

const READY = 'dtp_ready';
const CANCELLING = 'dtp_cancelling';
const RECONNECT_AFTER_MS = 1_000;
/** The first hint goes at once; those that follow within this time go as one. */
const COALESCE_MS = 20;
/** On a network that swallows bytes nothing would tell that the other end is gone. */
const ANSWER_MS = 5_000;
const END_MS = 1_000;
/** Nothing is asked on this connection: without that, one that a network dropped would be missed after two hours. */
const PROBE_AFTER_MS = 10_000;

class Listeners {
  private readonly listeners = new Set<HintListener>();

  add(listener: HintListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  call(): void {
    for (const listener of this.listeners) listener();
  }
}

/**
 * Hints inside this process directly, between processes by NOTIFY. The notification is a statement of its own after the
 * enqueuing transaction, without payload: inside of it, NOTIFY takes a lock that all commits queue for, and made
 * enqueues by 64 clients two to four times slower with nobody listening.
 */
export class PostgresHints extends QueueHints {
  /** Tells our own notifications from those of other processes. */
  private readonly origin = crypto.randomUUID();
  private readonly ready = new Listeners();
  private readonly foreignReady = new Listeners();
  private readonly cancelling = new Listeners();
  private readonly scheduled = new Listeners();
  private readonly notifiers: Record<string, CoalescedCall>;
  private client: pg.Client | null = null;
  private reconnect: NodeJS.Timeout | null = null;
  private closed = false;

  constructor(
    sql: Sql,
    private readonly directUrl: string,
    private readonly logger: Logger,
  ) {
    super();
    // Lost where the database is away: then polling finds what it would have told.
    const notify = (channel: string) =>
      new CoalescedCall(COALESCE_MS, () => sql.query('SELECT pg_notify($1, $2)', [channel, this.origin]));
    this.notifiers = { [READY]: notify(READY), [CANCELLING]: notify(CANCELLING) };
  }

  override onReady(listener: HintListener): () => void {
    return this.ready.add(listener);
  }

  override onCancelling(listener: HintListener): () => void {
    return this.cancelling.add(listener);
  }

  override onScheduled(listener: HintListener): () => void {
    return this.scheduled.add(listener);
  }

  /** Something became ready in another process. Called before the `onReady` listeners. */
  onForeignReady(listener: HintListener): () => void {
    return this.foreignReady.add(listener);
  }

  announceReady(): void {
    this.announce(this.ready, READY);
  }

  /** In this process alone: of something that has been announced before. */
  remindOfReady(): void {
    this.ready.call();
  }

  announceCancelling(): void {
    this.announce(this.cancelling, CANCELLING);
  }

  announceScheduled(): void {
    this.announce(this.scheduled);
  }

  /** Starts to listen to other processes, and keeps at it. Never throws. */
  async listen(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.directUrl,
      application_name: 'dtp-hints',
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: PROBE_AFTER_MS,
    });
    this.client = client;
    client.on('error', () => undefined);
    client.on('end', () => this.listenAgain(client));
    client.on('notification', ({ channel, payload }) => this.heard(channel, payload));
    try {
      await client.connect();
      await client.query(`LISTEN ${READY}`);
      await client.query(`LISTEN ${CANCELLING}`);
      // Whatever was told while nobody listened is looked for now.
      this.heard(READY, undefined);
    } catch (error) {
      this.logger.warn('cannot listen for hints of other processes; polling goes on', { err: error });
      this.listenAgain(client);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.reconnect) clearTimeout(this.reconnect);
    for (const notifier of Object.values(this.notifiers)) notifier.stop();
    if (this.client) await within(END_MS, this.client.end()).catch(() => undefined);
  }

  /** Mostly a request's doing, but who is woken is at work for all: in no hurry, and not under that request's id. */
  private announce(listeners: Listeners, channel = ''): void {
    outsideRequests(() => {
      listeners.call();
      this.notifiers[channel]?.call();
    });
  }

  private listenAgain(client: pg.Client): void {
    if (this.closed || this.client !== client) return;
    this.client = null;
    client.end().catch(() => undefined);
    this.reconnect = setTimeout(() => void this.listen(), RECONNECT_AFTER_MS);
  }

  private heard(channel: string, payload: string | undefined): void {
    if (payload === this.origin) return;
    if (channel === CANCELLING) {
      this.cancelling.call();
    } else {
      this.foreignReady.call();
      this.ready.call();
    }
  }
}
