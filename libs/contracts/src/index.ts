export * from './batch.ts';
export * from './headers.ts';
export * from './limits.ts';
export * from './problem.ts';
export * from './retry-policy.ts';
export * from './task-error.ts';
export * from './task-state.ts';
export * from './tasks.ts';
