import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockDataFolder } from './lock.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'taskpilot-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A launcher that locks the folder and dies. */
function abandon(): void {
  const lock = JSON.stringify(new URL('./lock.ts', import.meta.url).href);
  const script = `(await import(${lock})).lockDataFolder(${JSON.stringify(folder)})`;
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] });
}

describe('lockDataFolder', () => {
  it('keeps others out until it is released, and leaves nothing behind', () => {
    const lock = lockDataFolder(folder);
    expect(lock.wasAbandoned).toBe(false);
    expect(() => lockDataFolder(folder, () => true)).toThrow(`already runs on the data folder ${folder}`);
    lock.release();
    expect(readdirSync(folder)).toEqual([]);
    lockDataFolder(folder, () => true).release();
  });

  it('makes the folder, and says so when it cannot', () => {
    lockDataFolder(join(folder, 'a/b')).release();
    expect(existsSync(join(folder, 'a/b'))).toBe(true);
    writeFileSync(join(folder, 'file'), '');
    expect(() => lockDataFolder(join(folder, 'file/b'))).toThrow('cannot be written (ENOTDIR)');
  });

  it('takes over what a dead launcher left', () => {
    abandon();
    const lock = lockDataFolder(folder);
    expect(lock.wasAbandoned).toBe(true);
    lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('takes over what a dead launcher with our pid left, as in a container', () => {
    lockDataFolder(folder);
    expect(lockDataFolder(folder).wasAbandoned).toBe(true);
  });

  it('leaves an abandoned lock to who was quicker', () => {
    abandon();
    let isFirst = true;
    const overtaken = () => {
      if (isFirst) abandon();
      isFirst = false;
      return false;
    };
    expect(() => lockDataFolder(folder, overtaken)).toThrow('is being started');
    expect(readdirSync(folder)).toEqual(['launcher.lock']);
    expect(readdirSync(join(folder, 'launcher.lock'))).toHaveLength(1);
  });

  it('does not release the lock of its successor', () => {
    const lock = lockDataFolder(folder);
    rmSync(join(folder, 'launcher.lock'), { recursive: true });
    abandon();
    lock.release();
    expect(lockDataFolder(folder).wasAbandoned).toBe(true);
  });
});
