import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** The exit code of a process that gets a SIGHUP: 7 when it stops, 0 when it has lived on for two more answers. */
async function hangUp(options: string): Promise<number> {
  const script = `
    import { onHangUp } from ${JSON.stringify(new URL('./hang-up.ts', import.meta.url).href)};
    onHangUp(() => process.exit(7)${options});
    process.stdin.on('data', (chunk) => process.stdout.write(chunk)).on('end', () => process.exit(0));
    process.stdout.write('up');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'ignore'] });
  const exit = once(child, 'exit');
  child.stdin.on('error', () => {});
  await once(child.stdout, 'data');
  child.kill('SIGHUP');
  for (let answers = 0; answers < 2; answers++) {
    child.stdin.write('?');
    await Promise.race([exit, once(child.stdout, 'data')]);
  }
  child.stdin.end();
  const [code] = await exit;
  return code;
}

describe('onHangUp', () => {
  it('ignores SIGHUP without a terminal, as under nohup', async () => {
    expect(await hangUp('')).toBe(0);
  });

  it('stops when the terminal goes away', async () => {
    expect(await hangUp(', true')).toBe(7);
  });
});
