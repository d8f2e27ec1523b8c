import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { StartError } from '../start-error.ts';
import { type Account, accountFor } from './account.ts';
import { type Binaries, packagedBinaries, versionOf } from './binaries.ts';

/** Where things go that the borrowed account could not reach where they were. Ours alone, made by root. */
const REACHABLE = '/var/lib/taskpilot';

export interface Location {
  readonly binaries: Binaries;
  /** Holds the cluster, its password and its log. */
  readonly folder: string;
}

/**
 * Decides where the cluster lives and which binaries run it. Both stay where they are, unless root starts us from under
 * a folder that nobody else may enter: a clone in /root, or in a `mktemp -d`. Opening such a folder is not ours to do,
 * so the binaries are copied, and the cluster is kept, under /var/lib/taskpilot; `wanted` becomes a link to it.
 */
export function locate(wanted: string, say: (note: string) => void): Location {
  const account = accountFor(wanted);
  const folder = account ? reachableFolder(wanted, account, say) : ownFolder(wanted);
  const { root, version } = packagedBinaries();
  const packaged = { root, account };
  if (!account || versionOf(packaged)) return { binaries: packaged, folder };
  return { binaries: { root: copyOf(root, version), account }, folder };
}

function ownFolder(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (statSync(folder).uid !== process.getuid?.()) {
    throw new StartError(`${folder} belongs to another user: start as that user, or set DATA_DIR to another folder.`);
  }
  return folder;
}

function reachableFolder(wanted: string, account: Account, say: (note: string) => void): string {
  const link = lstatSync(wanted, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(wanted) : null;
  if (link && existsSync(link)) return link;
  if (link) rmSync(wanted);
  giveFolder(wanted, account);
  if (mayWrite(wanted, account)) return wanted;
  if (readdirSync(wanted).length > 0) {
    throw new StartError(`The owner of ${wanted} can no longer enter it: a folder above it is closed to them.`);
  }
  makeReachable();
  const folder = mkdtempSync(join(REACHABLE, 'cluster-'));
  giveFolder(folder, account);
  rmdirSync(wanted);
  symlinkSync(folder, wanted);
  say(`PostgreSQL does not run as root, and its user may not enter ${wanted}: its files are in ${folder}.`);
  return folder;
}

function giveFolder(folder: string, { uid, gid }: Account): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chownSync(folder, uid, gid);
}

const mayWrite = (folder: string, account: Account): boolean =>
  spawnSync('/bin/sh', ['-c', 'cd "$1" && [ -w . ]', 'sh', folder], { ...account, cwd: '/' }).status === 0;

/** Copies under another name first: what stands under its own name is whole. */
function copyOf(root: string, version: string): string {
  const copy = join(REACHABLE, `postgresql-${version}`);
  if (existsSync(copy)) return copy;
  makeReachable();
  const draft = mkdtempSync(join(REACHABLE, 'draft-'));
  cpSync(root, draft, { recursive: true, verbatimSymlinks: true });
  // A strict umask at `npm ci` leaves the originals closed to others.
  for (const entry of ['', ...readdirSync(draft, { recursive: true, encoding: 'utf8' })]) {
    if (!lstatSync(join(draft, entry)).isSymbolicLink()) chmodSync(join(draft, entry), 0o755);
  }
  try {
    renameSync(draft, copy);
  } catch (error) {
    rmSync(draft, { recursive: true });
    if (!existsSync(copy)) throw error;
  }
  return copy;
}

function makeReachable(): void {
  mkdirSync(REACHABLE, { recursive: true });
  chmodSync(REACHABLE, 0o755);
}
