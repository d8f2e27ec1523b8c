import type { Scenario } from '../catalogue.ts';
import type { Mutant } from '../processes/mutants.ts';

/** `tasks` are at least so many; more where the faults take longer. */
export interface StormOptions extends Omit<Scenario, 'title' | 'workers'> {
  readonly seed: number;
  readonly workers: number;
  readonly leaseMs: number;
  /** Tasks that a worker runs at once. */
  readonly concurrency: number;
  readonly mutant?: Mutant | undefined;
  readonly say: (line: string) => void;
}
