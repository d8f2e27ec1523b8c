import { type Child, runScript, startScript } from '../support/script.ts';
import type { Worker } from './contender.ts';

/** What every peer is asked through its script in bench/workers. */
export const peer = (script: string) => ({
  migrate: async (url: string): Promise<void> => void (await runScript(script, 'migrate', url)),
  fill: async (url: string, tasks: number): Promise<void> => void (await runScript(script, 'fill', url, tasks)),
  startWorker: async (url: string): Promise<Worker> => asWorker(await startScript(script, 'work', url)),
});

function asWorker(child: Child): Worker {
  return {
    pid: child.pid,
    gone: child.gone,
    async stop() {
      const { handled } = (await child.stop()) as { handled: number };
      return handled;
    },
  };
}
