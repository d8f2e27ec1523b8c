import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Of what is freed meanwhile, nothing is left to others for longer. */
const TAKE_EVERY_MS = 20;
const PIECE = Buffer.alloc(1 << 16);

/** Only root may mount: elsewhere such a test has to be skipped, and to say so. */
export class MountRefused extends Error {}

/** A disk of a few megabytes, in memory, to be filled at will. */
export class SmallDisk {
  readonly folder: string;
  #filling: { readonly ballast: number; readonly timer: NodeJS.Timeout } | undefined;
  #isMounted = true;

  private constructor(folder: string) {
    this.folder = folder;
    process.once('exit', () => this.unmount());
  }

  /** @throws MountRefused */
  static mount(megabytes: number): SmallDisk {
    const folder = mkdtempSync(join(tmpdir(), 'taskpilot-small-disk-'));
    const options = ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', folder];
    const { status, error, stderr } = spawnSync('mount', options, { encoding: 'utf8' });
    if (status === 0) return new SmallDisk(folder);
    rmdirSync(folder);
    throw new MountRefused(error?.message ?? stderr.trim());
  }

  /** Takes every byte there is, and every one that is freed, until `free()`. */
  fill(): void {
    const ballast = openSync(this.#ballast, 'a');
    const take = () => {
      try {
        while (writeSync(ballast, PIECE) > 0);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    };
    take();
    this.#filling = { ballast, timer: setInterval(take, TAKE_EVERY_MS) };
  }

  free(): void {
    if (!this.#filling) return;
    clearInterval(this.#filling.timer);
    closeSync(this.#filling.ballast);
    this.#filling = undefined;
    rmSync(this.#ballast, { force: true });
  }

  unmount(): void {
    if (!this.#isMounted) return;
    this.#isMounted = false;
    this.free();
    spawnSync('umount', ['--lazy', this.folder]);
    rmdirSync(this.folder);
  }

  get #ballast(): string {
    return join(this.folder, 'ballast');
  }
}
