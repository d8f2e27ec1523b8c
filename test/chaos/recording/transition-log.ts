/**
 * Lets PostgreSQL itself write down every change of a task's row, in the transaction that makes it: what the checker
 * judges by is not told by the code under test. `lease_left_ms` is what was left of the lease of the worker whose
 * success was just accepted: `NULL` when it had none any more.
 */
export const INSTALL_TRANSITION_LOG = `
  CREATE TABLE chaos_transition (
    n bigserial PRIMARY KEY,
    task_id uuid NOT NULL,
    seq integer NOT NULL,
    was task_state,
    state task_state NOT NULL,
    attempt integer NOT NULL,
    previous_attempt integer,
    held_by uuid,
    completed_by uuid,
    due timestamptz,
    lease_left_ms float8,
    at timestamptz NOT NULL
  );

  CREATE FUNCTION chaos_log_transition() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO chaos_transition
      (task_id, seq, was, state, attempt, previous_attempt, held_by, completed_by, due, lease_left_ms, at)
    VALUES (NEW.id, NEW.state_seq, CASE TG_OP WHEN 'UPDATE' THEN OLD.state END, NEW.state, NEW.attempt,
      CASE TG_OP WHEN 'UPDATE' THEN OLD.attempt END, CASE TG_OP WHEN 'UPDATE' THEN OLD.worker_id END,
      NEW.completed_by, CASE TG_OP WHEN 'UPDATE' THEN OLD.run_at ELSE NEW.run_at END,
      CASE WHEN NEW.completed_by IS NOT NULL THEN (
        SELECT extract(epoch FROM lease_until - clock_timestamp()) * 1000 FROM worker WHERE id = NEW.completed_by) END,
      clock_timestamp());
    RETURN NULL;
  END $$;

  CREATE TRIGGER chaos_log AFTER INSERT OR UPDATE ON scheduler_task
    FOR EACH ROW EXECUTE FUNCTION chaos_log_transition()`;
