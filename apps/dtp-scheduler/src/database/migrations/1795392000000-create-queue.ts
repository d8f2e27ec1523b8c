import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The storage of the execution plane. Readiness lives in narrow tables beside the task, and the task row carries no
 * index on anything that a transition changes, so that its updates stay HOT: that drained twice what in-place updates
 * under partial indexes did. There are no foreign keys between the hot tables: each would cost a look-up per row, and
 * the statements that write them keep them together.
 */
export class CreateQueue1795392000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TYPE task_state AS ENUM
        ('QUEUED', 'RUNNING', 'RETRYING', 'CANCELLING', 'SUCCEEDED', 'FAILED', 'CANCELLED')`);
    await runner.query(`
      CREATE TYPE attempt_outcome AS ENUM
        ('SUCCEEDED', 'FAILED', 'TIMED_OUT', 'CANCELLED', 'LOST', 'RELEASED', 'SNOOZED')`);

    // Which database this is. TaskPilot remembers it, so that a misrouted address is noticed.
    await runner.query(`
      CREATE TABLE instance (
        singleton boolean PRIMARY KEY CHECK (singleton),
        id uuid NOT NULL,
        created_at timestamptz NOT NULL
      )`);
    await runner.query('INSERT INTO instance VALUES (true, gen_random_uuid(), now())');

    // json, not jsonb: what the caller sent is handed back as it was, key order included. What must be true of a state
    // stands in one short constraint: PostgreSQL reads each anew with every statement, and evaluates it with every row.
    // Most of each page is left free, because a batch claims all of a page's tasks at once: with 70 % filled, 4 of 10
    // updates found no room beside the old version, and were not HOT; with 50 % it was 1 of 7, with 40 % 1 of 50.
    // A retry_policy of NULL is the default one: most tasks have that, and every version of the row would repeat it.
    await runner.query(`
      CREATE TABLE scheduler_task (
        id uuid PRIMARY KEY,
        run_at timestamptz NOT NULL,
        started_at timestamptz,
        finished_at timestamptz,
        cancel_requested_at timestamptz,
        deadline_at timestamptz,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        worker_id uuid,
        completed_by uuid,
        state task_state NOT NULL,
        state_seq integer NOT NULL,
        attempt integer NOT NULL,
        failed_attempts integer NOT NULL,
        lost_attempts integer NOT NULL,
        max_attempts integer NOT NULL,
        timeout_ms integer NOT NULL,
        priority smallint NOT NULL,
        type text COLLATE "C" NOT NULL,
        queue text COLLATE "C" NOT NULL,
        idempotency_key text COLLATE "C",
        traceparent text COLLATE "C",
        retry_policy json,
        payload json NOT NULL,
        result json,
        error json,
        CONSTRAINT state_fits CHECK (
          (worker_id IS NULL) = (state NOT IN ('RUNNING', 'CANCELLING'))
          AND (finished_at IS NULL) = (state NOT IN ('SUCCEEDED', 'FAILED', 'CANCELLED'))
          AND (completed_by IS NULL) = (state <> 'SUCCEEDED')
          AND (result IS NULL OR state = 'SUCCEEDED')
          AND (cancel_requested_at IS NOT NULL OR state NOT IN ('CANCELLING', 'CANCELLED'))
          AND CASE WHEN error IS NULL THEN state NOT IN ('RETRYING', 'FAILED') ELSE state <> 'SUCCEEDED' END),
        CONSTRAINT counters_fit CHECK (
          state_seq >= 1 AND failed_attempts BETWEEN 0 AND max_attempts AND lost_attempts BETWEEN 0 AND 3
          AND attempt >= failed_attempts + lost_attempts AND (attempt = 0) = (started_at IS NULL))
      ) WITH (fillfactor = 40, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05)`);

    // rank is the negated priority, so that one ascending index serves "highest first, then oldest".
    await runner.query(`
      CREATE TABLE ready (
        rank smallint NOT NULL,
        ready_at timestamptz NOT NULL,
        id uuid NOT NULL,
        lost_attempts smallint NOT NULL,
        type text COLLATE "C" NOT NULL,
        PRIMARY KEY (rank, ready_at, id)
      ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)`);
    await runner.query('CREATE INDEX ready_suspect ON ready (rank, ready_at, id) WHERE lost_attempts > 0');

    await runner.query(`
      CREATE TABLE scheduled (
        run_at timestamptz NOT NULL,
        id uuid NOT NULL,
        rank smallint NOT NULL,
        lost_attempts smallint NOT NULL,
        type text COLLATE "C" NOT NULL,
        PRIMARY KEY (run_at, id)
      ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)`);

    await runner.query(`
      CREATE TABLE worker (
        id uuid PRIMARY KEY,
        lease_until timestamptz NOT NULL,
        types text[] NOT NULL,
        started_at timestamptz NOT NULL
      )`);

    // What is held, by whom: found again after a crash without an index on anything that changes.
    await runner.query(`
      CREATE TABLE claims (
        worker_id uuid NOT NULL,
        claim_id uuid NOT NULL,
        ids uuid[] NOT NULL,
        attempts integer[] NOT NULL,
        PRIMARY KEY (worker_id, claim_id),
        CONSTRAINT one_attempt_per_id CHECK (cardinality(ids) = cardinality(attempts))
      ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)`);

    // Ids don't compress, and trying to took a twentieth of a claim.
    await runner.query('ALTER TABLE claims ALTER ids SET STORAGE EXTERNAL');

    await runner.query(`
      CREATE TABLE cancelling (
        task_id uuid PRIMARY KEY,
        worker_id uuid NOT NULL,
        attempt integer NOT NULL,
        grace_until timestamptz NOT NULL
      )`);

    await runner.query(`
      CREATE TABLE deadlines (
        deadline_at timestamptz NOT NULL,
        id uuid NOT NULL,
        PRIMARY KEY (deadline_at, id)
      )`);

    // Ended attempts, but for two that the task row itself tells of: the open one, and the one that succeeded, which is
    // the last and knows all of it (number, worker, times). Most tasks have no other, so most have no row here.
    await runner.query(`
      CREATE TABLE attempt (
        task_id uuid NOT NULL,
        number integer NOT NULL,
        worker_id uuid NOT NULL,
        started_at timestamptz NOT NULL,
        finished_at timestamptz NOT NULL,
        outcome attempt_outcome NOT NULL,
        error json,
        retry_at timestamptz,
        PRIMARY KEY (task_id, number),
        CONSTRAINT success_is_final CHECK (outcome <> 'SUCCEEDED' OR (error IS NULL AND retry_at IS NULL))
      )`);

    await runner.query(`
      CREATE TABLE idempotency_key (
        key text COLLATE "C" PRIMARY KEY,
        task_id uuid NOT NULL,
        request_hash text COLLATE "C" NOT NULL,
        created_at timestamptz NOT NULL
      )`);

    // What is left of a pruned task: its id, so that a late look-up is told 410 and not 404, and its key, which is
    // forgotten together with it.
    await runner.query(`
      CREATE TABLE pruned_task (
        id uuid PRIMARY KEY,
        pruned_at timestamptz NOT NULL,
        idempotency_key text COLLATE "C"
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE pruned_task, idempotency_key, attempt, deadlines, cancelling, claims, worker, scheduled, ready,
        scheduler_task, instance`);
    await runner.query('DROP TYPE attempt_outcome, task_state');
  }
}
