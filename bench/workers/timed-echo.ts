/**
 * The execution plane as its own main.ts starts it, whose `echo` handler tells the parent process when it has been
 * called, and for which task.
 */
import { built } from '../../tools/build.ts';
import { type HandlerCall, monotonicMs } from './handler-call.ts';

type Echo = typeof import('../../apps/dtp-scheduler/src/handlers/echo.handler.ts');

await import('reflect-metadata');
const { EchoHandler }: Echo = await import(built('dtp-scheduler', 'handlers/echo.handler'));
const run = EchoHandler.prototype.run;
EchoHandler.prototype.run = function (task) {
  process.send?.({ id: task.taskId, atMs: monotonicMs() } satisfies HandlerCall);
  return run.call(this, task);
};
await import(built('dtp-scheduler', 'main'));
