import { relative } from 'node:path';
import { withoutPassword } from '../../libs/platform/src/config/index.ts';
import type { Addresses } from './addresses.ts';
import type { DatabaseVariables } from './databases.ts';

/** @param passwordFile the absolute path of where the password of our own databases is; `null` when none is ours */
export function announce(at: Addresses, databases: DatabaseVariables, passwordFile: string | null): void {
  console.log(`
TaskPilot and DTP are ready. Ctrl-C stops them.

  TaskPilot   API         ${at.taskPilot}/api/tasks
              Swagger UI  ${at.taskPilot}/docs
              Health      ${at.taskPilot}/health/ready
  DTP         API         ${at.dtp}/tasks
              Swagger UI  ${at.dtp}/docs
              Health      ${at.dtp}/health/ready
  PostgreSQL  webdb       ${withoutPassword(databases.WEBDB_URL)}
              dtp         ${withoutPassword(databases.DTP_DB_URL)}${passwordFile ? `\n              password    ${shortest(passwordFile)}` : ''}
`);
}

/** From the working directory, unless that leads out of it. */
function shortest(path: string): string {
  const way = relative('', path);
  return way.startsWith('..') ? path : way;
}
