import { isatty } from 'node:tty';

/**
 * Calls `stop` when the terminal that this process was started at goes away. Without one, as under `nohup`, SIGHUP is
 * ignored: that `nohup` had it ignored already cannot be seen, because Node resets every signal as it starts.
 */
export function onHangUp(stop: () => void, hasTerminal = [0, 1, 2].some(isatty)): void {
  process.on('SIGHUP', () => {
    if (hasTerminal) stop();
  });
}
