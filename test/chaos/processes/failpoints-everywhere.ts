/**
 * Puts the failpoints into every thread of a process: node's `--import`, which its threads inherit. The suite arms one by
 * a message to the process, which passes it on, and is told which are passed.
 */
import { BroadcastChannel, isMainThread } from 'node:worker_threads';
import { fromEnvironment } from './chaos-environment.ts';
import { installFailpoints } from './failpoints.ts';

interface Told {
  readonly data: { readonly arm?: string; readonly failpoint?: string };
}

const threads = new BroadcastChannel('chaos.failpoints');
threads.unref();
const report = (message: object) => (isMainThread ? process.send?.(message) : threads.postMessage(message));
const arm = installFailpoints(fromEnvironment(process.env).failpoint ?? null, (failpoint) => report({ failpoint }));

threads.onmessage = (message) => {
  const { data } = message as Told;
  if (data.arm) arm(data.arm);
  else if (isMainThread) report(data);
};
if (isMainThread) {
  process.on('message', (message: { readonly arm?: string }) => {
    if (!message.arm) return;
    arm(message.arm);
    threads.postMessage(message);
  });
  hurry();
}

/** Sweeps that run once a minute: no process of a storm lives to see them. */
function hurry(): void {
  const { setInterval } = globalThis;
  const hurried = (run: () => void, ms?: number) => setInterval(run, Math.min(ms ?? 0, 1_000));
  globalThis.setInterval = hurried as typeof setInterval;
}
