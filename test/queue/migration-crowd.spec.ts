import { migrate } from '@taskpilot/platform';
import { Client } from 'pg';
import { DTP } from '../../apps/dtp-scheduler/src/database/data-source.ts';
import { WEBDB } from '../../apps/taskpilot-api/src/database/data-source.ts';
import { createEmptyDatabase } from '../support/database.ts';

const REPLICAS = 8;
/** A quick look by default; for the record: MIGRATION_ROUNDS=50. */
const ROUNDS = Number(process.env.MIGRATION_ROUNDS ?? 2);

const PLANES = [
  { plane: 'webdb', schema: WEBDB },
  { plane: 'dtp', schema: DTP },
] as const;

test.each(PLANES)(
  `8 replicas migrate an empty $plane at once, ${ROUNDS} times: one works, none fails`,
  async ({ schema }) => {
    for (let round = 0; round < ROUNDS; round++) {
      const database = await createEmptyDatabase();
      try {
        const options = { ...schema, url: database.url, applicationName: 'replica' };
        const ran = await Promise.all(Array.from({ length: REPLICAS }, () => migrate(options)));
        expect(ran.filter((names) => names.length > 0)).toEqual([schema.migrations.map(({ name }) => name)]);
        const client = new Client(database.url);
        await client.connect();
        const { rowCount } = await client.query('SELECT FROM migrations');
        await client.end();
        expect(rowCount).toBe(schema.migrations.length);
      } finally {
        await database.drop();
      }
    }
  },
  600_000,
);
