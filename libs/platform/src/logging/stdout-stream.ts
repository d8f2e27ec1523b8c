import type { DestinationStream } from 'pino';

/**
 * Lines to stdout, as long as somebody reads them. pino's own stream repeats, at `fatal` and at the exit, a write that
 * fails because the reader has gone: for ever, at the cost of a core. Its synchronous one would stop the plane with a
 * reader that has stopped. The price: what a slow reader has left beyond the pipe's 64 KiB is lost at the exit.
 */
export function stdoutStream(): DestinationStream {
  // A plane whose log collector has died goes on with its work.
  process.stdout.on('error', () => {});
  return { write: (line) => void process.stdout.write(line) };
}
