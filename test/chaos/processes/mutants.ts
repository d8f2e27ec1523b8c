import { rewriteModules } from './rewrite.ts';

/** The completion's guard as others write it. The suite must go red on each. */
const GUARDS = {
  /** River, pg-boss. */
  'id-and-state': `task.id = ended.id AND task.state = 'RUNNING'`,
  /** Oban, graphile-worker. */
  id: 'task.id = ended.id',
  /** Neither holder nor state on the row itself. */
  'lease-in-subselect': `task.id = ended.id AND task.attempt = ended.attempt
    AND EXISTS (SELECT FROM worker WHERE worker.id = $1 AND worker.lease_until > clock_timestamp())`,
} as const;

export type Mutant = keyof typeof GUARDS;

export const MUTANTS = Object.keys(GUARDS) as readonly Mutant[];

const GUARD = `WHERE \${FENCE} AND coalesce(task.state = 'RUNNING', false)`;

/** Weakens the guard of completions in this process. */
export function installMutant(mutant: Mutant): void {
  rewriteModules(/\/queue\/statements\/complete-tasks\.js$/, (source) => {
    if (source.split(GUARD).length !== 2) {
      throw new Error(
        'complete-tasks.ts no longer guards as the mutants expect: adapt test/chaos/processes/mutants.ts.',
      );
    }
    return source.replace(GUARD, () => `WHERE ${GUARDS[mutant]}`);
  });
}
