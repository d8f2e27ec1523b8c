import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MountRefused, SmallDisk } from './small-disk.ts';

/** Root alone may mount. */
function mounted(): SmallDisk | null {
  try {
    return SmallDisk.mount(4);
  } catch (error) {
    if (!(error instanceof MountRefused)) throw error;
    console.warn(`SKIPPED: only root may mount a disk: ${error.message}`);
    return null;
  }
}

it('has no room while it is filled, and room again', () => {
  const disk = mounted();
  if (!disk) return;
  const write = () => writeFileSync(join(disk.folder, 'file'), 'x'.repeat(10_000));
  try {
    write();
    disk.fill();
    expect(() => writeFileSync(join(disk.folder, 'another'), 'x'.repeat(100_000))).toThrow('ENOSPC');
    disk.free();
    write();
  } finally {
    disk.unmount();
  }
  expect(existsSync(disk.folder)).toBe(false);
});
