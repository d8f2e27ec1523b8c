import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedPostgres } from '../../tools/embedded-postgres/embedded-postgres.ts';

declare global {
  var testPostgres: EmbeddedPostgres | undefined;
}

/** Runs once, before the first integration test. An interrupted run takes the server and its folder along. */
export default async function startPostgres(): Promise<void> {
  globalThis.testPostgres = await EmbeddedPostgres.start({
    folder: mkdtempSync(join(tmpdir(), 'taskpilot-test-')),
    temporary: true,
    settings: { max_connections: '300' },
  });
  process.env.TEST_POSTGRES_URL = globalThis.testPostgres.url('postgres');
}
