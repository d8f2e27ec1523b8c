import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const WORKERS = join(import.meta.dirname, '..', 'workers');

/** A script of bench/workers that runs until it is told to stop. */
export interface Child {
  readonly pid: number;
  /** What it said when it was ready. */
  readonly ready: unknown;
  gone(): string | null;
  /** Resolves to its last words. */
  stop(): Promise<unknown>;
}

/** Starts a script and waits for its first message. It ends when this process does. */
export async function startScript(script: string, ...args: readonly (string | number)[]): Promise<Child> {
  const { child, messages, ended } = launch(script, args);
  const ready = await Promise.race([
    once(child, 'message').then(([message]) => message as unknown),
    ended.then((why) => {
      throw new Error(why ?? `${script} ended before it was ready.`);
    }),
  ]);
  let why: string | null = null;
  void ended.then((reason) => (why = reason ?? `${script} has ended.`));
  return {
    pid: child.pid ?? 0,
    ready,
    gone: () => why,
    async stop() {
      child.send('stop');
      const reason = await ended;
      if (reason) throw new Error(reason);
      return messages.at(-1);
    },
  };
}

/** Runs a script to its end. Resolves to its last message. */
export async function runScript(script: string, ...args: readonly (string | number)[]): Promise<unknown> {
  const { messages, ended } = launch(script, args);
  const reason = await ended;
  if (reason) throw new Error(reason);
  return messages.at(-1);
}

function launch(script: string, args: readonly (string | number)[]) {
  const child = spawn(process.execPath, [join(WORKERS, script), ...args.map(String)], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let words = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (words += String(chunk)));
  const messages: unknown[] = [];
  child.on('message', (message) => messages.push(message));
  /** `null` after a good end, or what went wrong. */
  const ended = once(child, 'close').then(([code, signal]) =>
    code === 0 ? null : `${script} ${args[0]} ended with ${code ?? signal}:\n${words}`,
  );
  return { child, messages, ended };
}
