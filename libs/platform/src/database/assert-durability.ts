import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { StartError } from '../bootstrap/start-error.ts';

/** The three settings without which a commit can be lost. `synchronous_commit` is taken as our own session has it. */
const SETTINGS = ['fsync', 'full_page_writes', 'synchronous_commit'] as const;

/**
 * Refuses a server that acknowledges commits it can lose: nothing we promise would hold there.
 * @throws StartError that names each setting, unless `allowUnsafe`
 */
export async function assertDurability(
  dataSource: DataSource,
  { allowUnsafe }: { readonly allowUnsafe: boolean },
): Promise<void> {
  const columns = SETTINGS.map((name) => `current_setting('${name}') AS ${name}`);
  const [settings] = await dataSource.query<Record<string, string>[]>(`SELECT ${columns.join(', ')}`);
  const unsafe = SETTINGS.filter((name) => settings?.[name] === 'off');
  if (unsafe.length === 0) return;
  const fault = `The database server has ${unsafe.map((name) => `${name} = off`).join(' and ')}: it can lose what it acknowledged.`;
  if (!allowUnsafe) {
    throw new StartError(`${fault} Switch it on, or allow it by ALLOW_UNSAFE_DURABILITY=1 where losing tasks is fine.`);
  }
  new Logger('Database').warn(fault);
}
