import { type INestApplication, Logger } from '@nestjs/common';
import { Readiness } from '../health/readiness.ts';
import { within } from '../timing/within.ts';
import { onHangUp } from './hang-up.ts';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
/** A signal to the process group comes twice where npm hands it on: what follows so soon is the same request. */
const ECHO_MS = 500;

/**
 * Ends the process in order when it is told to, by a signal or by the loss of the launcher that started it: not ready,
 * then Nest's shutdown hooks, exit 0. A second signal exits 1 at once.
 *
 * @param limitMs after how long it exits 1 all the same, whatever still runs
 */
export function shutDownOnRequest(app: INestApplication, limitMs: number): void {
  const logger = new Logger('Shutdown');
  let isStopping = false;
  let stoppedAt = 0;

  const stop = async (reason: string) => {
    if (isStopping) {
      if (performance.now() - stoppedAt < ECHO_MS) return;
      logger.warn(`${reason} again: exiting at once`);
      process.exit(1);
    }
    isStopping = true;
    stoppedAt = performance.now();
    logger.log(`${reason}: draining`);
    try {
      app.get(Readiness, { strict: false }).drain();
      const isDrained = await within(
        limitMs,
        app.close().then(() => true),
      );
      if (isDrained) logger.log('drained');
      else logger.error(`not drained after ${limitMs} ms: exiting all the same`);
      process.exit(isDrained ? 0 : 1);
    } catch (error) {
      logger.error('could not shut down in order', { err: error });
      process.exit(1);
    }
  };

  for (const signal of SIGNALS) process.on(signal, () => void stop(signal));
  const stopUnlessStopping = (reason: string) => {
    if (!isStopping) void stop(reason);
  };
  onHangUp(() => stopUnlessStopping('terminal gone'));
  // The launcher is gone when its channel closes: nobody would ever stop us. A drain that it began goes on.
  if (process.channel) process.once('disconnect', () => stopUnlessStopping('launcher gone'));
}

/** A process in an unknown state must not go on: it says why, and its supervisor starts a new one. */
export function exitOnFault(): void {
  const logger = new Logger('Process');
  const exit = (origin: string) => (fault: unknown) => {
    logger.fatal(origin, { err: fault instanceof Error ? fault : new Error(String(fault)) });
    process.exit(1);
  };
  process.on('uncaughtException', exit('uncaught exception'));
  process.on('unhandledRejection', exit('unhandled rejection'));
}
