import fc from 'fast-check';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { executedCommands, type QueueCommand } from './command.ts';
import { COMMANDS } from './commands.ts';
import { RealQueue } from './real-queue.ts';
import { WORKERS, World } from './world.ts';

/** MODEL_RUNS, and MODEL_SEED with MODEL_PATH and MODEL_REPLAY_PATH of a failure, to see it again. */
const { MODEL_RUNS, MODEL_SEED, MODEL_PATH, MODEL_REPLAY_PATH } = process.env;
const RUNS = Number(MODEL_RUNS ?? 20);
/** Lengths are drawn evenly up to here, so that a run has 60 commands in the mean. */
const MAX_COMMANDS = 150;

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase('dtp');
  // Nothing here survives a crash, nor has to.
  pool = new pg.Pool({ connectionString: database.url, max: 4, options: '-c synchronous_commit=off' });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const sequences = () =>
  fc.commands(COMMANDS, {
    maxCommands: MAX_COMMANDS,
    size: 'max',
    ...(MODEL_REPLAY_PATH ? { replayPath: MODEL_REPLAY_PATH } : {}),
  });

/** Runs one sequence on an empty queue. @param rewrite alters the queue's statements */
async function run(commands: Iterable<QueueCommand>, rewrite = (statement: string) => statement): Promise<void> {
  await pool.query(`TRUNCATE scheduler_task, ready, scheduled, worker, claims, cancelling, deadlines, attempt,
    idempotency_key, pruned_task`);
  await fc.asyncModelRun(() => ({ model: new World(), real: new RealQueue(pool, WORKERS, rewrite) }), commands);
}

const seed = Number(MODEL_SEED ?? Date.now() % 2 ** 31);

test(`${RUNS} runs of about 60 commands: the queue does what the model says`, async () => {
  const started = performance.now();
  await fc.assert(
    fc.asyncProperty(sequences(), (commands) => run(commands)),
    { numRuns: RUNS, seed, ...(MODEL_PATH ? { path: MODEL_PATH } : {}) },
  );
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  if (MODEL_RUNS) console.log(`${RUNS} runs, ${executedCommands()} commands, seed ${seed}, ${seconds} s`);
}, 3_600_000);

/** Each takes away one thing that a statement is there for. */
const MUTANTS: Record<string, readonly [statement: string, mutant: string]> = {
  'a fence without the lease': [
    'AND EXISTS (SELECT FROM worker WHERE worker.id = $1 AND worker.lease_until > clock_timestamp())',
    '',
  ],
  'a fence without the attempt': [' AND task.attempt = ended.attempt', ''],
  'a claim without a lease': ['WHERE id = $1 AND lease_until > clock_timestamp() FOR KEY SHARE', 'WHERE id = $1'],
  'a lost claim': ['HAVING count(*) > 0', 'HAVING count(*) > 2'],
};

test.each(Object.entries(MUTANTS))('goes red on %s', async (_, [statement, mutant]) => {
  const property = fc.asyncProperty(sequences(), (commands) =>
    run(commands, (text) => text.replaceAll(statement, mutant)),
  );
  // Without shrinking: that it fails is all that is asked. With this seed each does within three runs.
  const { failed } = await fc.check(property, { numRuns: 100, seed: 2, endOnFailure: true });
  expect(failed).toBe(true);
});
