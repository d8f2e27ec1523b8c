import { type INestApplication, Logger } from '@nestjs/common';
import { Readiness } from '../health/readiness.ts';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Ends the process in order when it is told to, by a signal or by the loss of the launcher that started it: not ready,
 * then Nest's shutdown hooks, exit 0. A second signal exits 1 at once.
 */
export function shutDownOnRequest(app: INestApplication): void {
  const logger = new Logger('Shutdown');
  let isStopping = false;

  const stop = async (reason: string) => {
    if (isStopping) {
      logger.warn(`${reason} again: exiting at once`);
      process.exit(1);
    }
    isStopping = true;
    logger.log(`${reason}: draining`);
    try {
      app.get(Readiness, { strict: false }).drain();
      await app.close();
      logger.log('drained');
      process.exit(0);
    } catch (error) {
      logger.error('could not shut down in order', { err: error });
      process.exit(1);
    }
  };

  for (const signal of SIGNALS) process.on(signal, () => void stop(signal));
  // The launcher is gone when its channel closes: nobody would ever stop us.
  if (process.channel) process.once('disconnect', () => void stop('launcher gone'));
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
