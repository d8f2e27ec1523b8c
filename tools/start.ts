import { onHangUp } from '../libs/platform/src/bootstrap/hang-up.ts';
import { ConfigError, loadLauncherConfig } from '../libs/platform/src/config/index.ts';
import { Launcher } from './launcher/launcher.ts';
import { StartError } from './start-error.ts';

/** `npm start`: PostgreSQL, migrations and both planes, until Ctrl-C. A second Ctrl-C ends them at once. */
async function start(): Promise<void> {
  const launcher = new Launcher(loadLauncherConfig(), process.env);
  const stopping = new AbortController();
  let askedAt = Number.POSITIVE_INFINITY;
  const stop = () => {
    if (stopping.signal.aborted) return;
    console.log('\nStopping … once more ends everything at once.');
    askedAt = Date.now();
    stopping.abort();
  };
  const onSignal = () => {
    if (!stopping.signal.aborted) return stop();
    // npm passes on the Ctrl-C that the terminal has already given us: that is one wish, not two.
    if (Date.now() - askedAt < 500) return;
    launcher.kill();
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, onSignal);
  onHangUp(stop);
  await launcher.run(stopping.signal);
}

try {
  await start();
} catch (error) {
  if (!(error instanceof StartError || error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
