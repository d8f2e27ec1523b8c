import type { Random } from '../cluster/random.ts';
import type { TaskPlan } from './load.ts';

/** Everyday work: short, some of it fails, snoozes, is due later or is cancelled, now and then by force. */
export function everyday(random: Random): TaskPlan {
  const ms = Math.round(random.between(5, 200));
  const kind = random.next();
  if (kind < 0.05) return { payload: { ms, failures: 1 } };
  if (kind < 0.07) return { payload: { ms, snoozes: true } };
  if (kind < 0.12) return { payload: { ms }, dueInMs: Math.round(random.between(50, 1_500)) };
  if (kind < 0.17) return { payload: { ms }, cancelAfterMs: random.between(0, 300) };
  if (kind < 0.18) return { payload: { ms: 3_000 }, cancelAfterMs: random.between(0, 300) };
  // Runs on after its grace is over, and ends under a lease that lives.
  if (kind < 0.185) return { payload: { ms: 2_000, stubborn: true }, cancelAfterMs: random.between(100, 300) };
  // Once lost, it is still at work when what its first worker had sent arrives late.
  if (kind < 0.285) return { payload: { ms, againMs: 2_500 } };
  return { payload: { ms } };
}

/** Everyday work, and what comes to every statement: some is refused, fails for good, or is overtaken by its deadline. */
export function thorough(random: Random): TaskPlan {
  const kind = random.next();
  if (kind < 0.05) return { payload: { ms: 0 }, isRefused: true };
  if (kind < 0.1) return { payload: { ms: 5, failures: 1 }, retryPolicy: { maxAttempts: 1 } };
  if (kind < 0.15) return { payload: { ms: 50 }, dueInMs: 3_000, deadlineInMs: 1_000 };
  if (kind < 0.2) return { payload: { ms: 50, snoozes: true } };
  if (kind < 0.3) return { payload: { ms: 200 }, cancelAfterMs: random.between(0, 300) };
  return everyday(random);
}

/**
 * What shows a weak guard: attempts that began together end together, so that a batch of ends is under way when the
 * network stalls; it arrives while the next attempts are at work. And cancels that are overrun.
 */
export function telling(random: Random): TaskPlan {
  if (random.chance(0.1)) return { payload: { ms: 1_500, stubborn: true }, cancelAfterMs: random.between(50, 200) };
  return { payload: { ms: 250, againMs: 4_000 } };
}

/** Short work that nobody cancels: whatever becomes of it is the faults' doing. */
export function kept(random: Random): TaskPlan {
  return { payload: { ms: Math.round(random.between(5, 300)) } };
}

/** Some of it lasts longer than a pause, and has to be told on waking that it is no longer wanted. */
export function drowsy(random: Random): TaskPlan {
  return random.chance(0.03) ? { payload: { ms: 7_000, againMs: 100 } } : everyday(random);
}

/** Cancelled as it ends; some by two at once, some as they are claimed. Due when its bind has long been answered. */
export function contested(random: Random): TaskPlan {
  const cancels = random.chance(0.1) ? 2 : 1;
  if (random.chance(0.1)) return { payload: { ms: 20 }, cancelAfterMs: random.between(0, 10), cancels };
  return { payload: { ms: 400 }, dueInMs: 1_500, cancelBeforeEndMs: random.between(-5, 5), cancels };
}

/** Cancelled before its bind can be confirmed. */
export function hasty(random: Random): TaskPlan {
  return { payload: { ms: 2_500 }, cancelWhileBindingMs: random.between(30, 600) };
}

/** Fails once, all at the same time: what calls the same target, which is away. */
export function failing(): TaskPlan {
  const retryPolicy = { maxAttempts: 3, strategy: 'fixed', initialDelayMs: 60_000, jitter: 'full' };
  return { payload: { ms: 0, failures: 1 }, retryPolicy };
}

/** One in a hundred harms its process. */
export function poisonous(random: Random): TaskPlan {
  if (!random.chance(0.01)) return kept(random);
  return { payload: { ms: 0, poison: random.pick(['kill', 'block', 'reject'] as const) } };
}

/** Much of it is due later. */
export function beneathAClock(random: Random): TaskPlan {
  const later = random.chance(0.5) ? { dueInMs: Math.round(random.between(100, 4_000)) } : {};
  return { ...kept(random), ...later };
}
