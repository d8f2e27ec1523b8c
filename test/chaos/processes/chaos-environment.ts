import type { Mutant } from './mutants.ts';

/** What the suite tells a process of its own beyond the product's settings. */
export interface ChaosSettings {
  /** Where handlers note what they do. */
  readonly effectLog: string;
  readonly mutant?: Mutant | undefined;
  /** Where it is to die from its start on. */
  readonly failpoint?: string | undefined;
  /** Whether failpoints are put in at all. */
  readonly failpoints?: boolean | undefined;
  /** How far its wall clock is off; the monotonic one is not. */
  readonly clockSkewMs?: number | undefined;
}

export function toEnvironment(settings: ChaosSettings): Record<string, string> {
  const { effectLog, mutant, failpoint, clockSkewMs } = settings;
  return {
    CHAOS_EFFECT_LOG: effectLog,
    ...(mutant && { CHAOS_MUTANT: mutant }),
    ...(failpoint && { CHAOS_FAILPOINT: failpoint }),
    ...(clockSkewMs && { CHAOS_CLOCK_SKEW_MS: String(clockSkewMs) }),
  };
}

export function fromEnvironment(env: NodeJS.ProcessEnv): ChaosSettings {
  return {
    effectLog: env.CHAOS_EFFECT_LOG ?? '',
    mutant: env.CHAOS_MUTANT as Mutant | undefined,
    failpoint: env.CHAOS_FAILPOINT,
    clockSkewMs: Number(env.CHAOS_CLOCK_SKEW_MS ?? 0),
  };
}
