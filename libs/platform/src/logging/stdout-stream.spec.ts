import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

const SCRIPT = `
  const { pino } = await import('pino');
  const { stdoutStream } = await import(${JSON.stringify(resolve(import.meta.dirname, 'stdout-stream.ts'))});
  const logger = pino({ base: null }, stdoutStream());
  logger.info('up');
  process.on('message', () => {
    logger.info('the first line after the reader has gone');
    logger.fatal('the last words');
    process.exit(3);
  });`;

let child: ChildProcess;

beforeEach(() => {
  const args = ['--input-type=module', '--no-warnings', '--eval', SCRIPT];
  child = spawn(process.execPath, args, { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
});
afterEach(() => child.kill('SIGKILL'));

it('writes lines', async () => {
  expect(String(await once(child.stdout!, 'data'))).toMatch(/^\{.*"msg":"up"\}\n$/);
});

it('lets the process exit when nobody reads any more', async () => {
  await once(child.stdout!, 'data');
  child.stdout?.destroy();
  await once(child.stdout!, 'close');
  child.send('go on');
  expect(await once(child, 'exit')).toEqual([3, null]);
});
