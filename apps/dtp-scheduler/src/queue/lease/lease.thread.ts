import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { Heartbeat } from './heartbeat.ts';
import { LeaseConnection } from './lease-connection.ts';
import { LeaseMemory } from './lease-memory.ts';
import type { FromLeaseThread, LeaseThreadOptions, ToLeaseThread } from './lease-messages.ts';
import { watchMainThread } from './watchdog.ts';

/*
 * The entry of the lease's thread: heartbeat and watchdog, on an event loop that no handler can block. Run from
 * source it goes through Node's type stripping, so nothing that it imports may use decorators or parameter properties.
 */

const MAX_QUERY_MS = 5_000;
const STDERR = 2;

const { url, leaseMs, buffer, watchdog } = workerData as LeaseThreadOptions;
const memory = new LeaseMemory(buffer);
const connection = new LeaseConnection(url, Math.min(leaseMs / 3, MAX_QUERY_MS));
const report = (message: FromLeaseThread): void => parentPort?.postMessage(message);
const heartbeat = new Heartbeat(connection, memory, leaseMs, report);
const endWatch = watchdog ? watchMainThread(memory, leaseMs, killProcess) : () => undefined;
let keeping = new AbortController();

parentPort?.on('message', (message: ToLeaseThread) => {
  keeping.abort();
  if (message.kind === 'acquire') {
    keeping = new AbortController();
    void heartbeat.keep(message.workerId, message.types, keeping.signal);
  } else if (message.kind === 'close') {
    endWatch();
    void connection.close().finally(() => parentPort?.close());
  }
});

/** SIGKILL, since no gentler signal reaches a blocked event loop. The launcher or orchestrator starts the plane again. */
function killProcess(): void {
  // Not process.stderr: a thread's goes through the main thread, which is the one that hangs.
  writeSync(
    STDERR,
    `A handler has blocked the event loop for a whole lease (${leaseMs} ms): the process ends itself.\n`,
  );
  process.kill(process.pid, 'SIGKILL');
}
