import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The intent, the keys under which it was asked for, and the execution plane that it was entrusted to. */
export class CreateWebTask1795392000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // json, not jsonb: what the caller sent is handed back as it was, key order included.
    await runner.query(`
      CREATE TABLE web_task (
        id uuid PRIMARY KEY,
        created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
        updated_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
        run_at timestamptz(3),
        deadline_at timestamptz(3),
        bind_next_at timestamptz,
        scheduler_task_id uuid,
        timeout_ms integer NOT NULL,
        bind_generation integer NOT NULL DEFAULT 0,
        bind_attempts integer NOT NULL DEFAULT 0,
        priority smallint NOT NULL,
        status text COLLATE "C" NOT NULL DEFAULT 'PENDING',
        name text NOT NULL,
        type text COLLATE "C" NOT NULL,
        queue text COLLATE "C" NOT NULL,
        traceparent text COLLATE "C",
        payload json NOT NULL,
        retry_policy json NOT NULL,
        labels json NOT NULL,
        bind_error json,
        bind_body text,
        CONSTRAINT status_is_known CHECK (status IN ('PENDING', 'BINDING', 'BOUND', 'BIND_FAILED')),
        CONSTRAINT bound_has_execution CHECK ((status = 'BOUND') = (scheduler_task_id IS NOT NULL)),
        CONSTRAINT refused_has_error CHECK ((status = 'BIND_FAILED') = (bind_error IS NOT NULL)),
        CONSTRAINT binding_has_body CHECK ((status = 'BINDING') = (bind_body IS NOT NULL)),
        CONSTRAINT binding_is_due CHECK ((status = 'BINDING') = (bind_next_at IS NOT NULL)),
        CONSTRAINT execution_is_bound_once UNIQUE (scheduler_task_id)
      )`);
    await runner.query(`CREATE INDEX web_task_binding ON web_task (bind_next_at) WHERE status = 'BINDING'`);

    await runner.query(`
      CREATE TABLE idempotency_key (
        key text COLLATE "C" PRIMARY KEY,
        request_hash text COLLATE "C" NOT NULL,
        web_task_id uuid NOT NULL REFERENCES web_task (id),
        created_at timestamptz NOT NULL DEFAULT clock_timestamp()
      )`);

    // Which DTP database the bound executions live in. At most one row: written at the first bind, never changed.
    await runner.query(`
      CREATE TABLE dtp_instance (
        singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
        id uuid NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE dtp_instance, idempotency_key, web_task');
  }
}
