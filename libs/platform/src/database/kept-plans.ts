/**
 * How sessions plan that keep their plans. A plan is made once, for whatever the tables hold just then: made on an empty
 * queue, it would read all of a long one at every claim, until the next vacuum. Our statements walk along keys, and have
 * an index for each walk, so a plan that does so is right for every size. Sorting stays on: without it a whole table is
 * read in the order of its key to save the sort of a handful.
 */
export const KEPT_PLANS = [
  'plan_cache_mode=force_generic_plan',
  'enable_seqscan=off',
  'enable_bitmapscan=off',
  'enable_hashjoin=off',
  'enable_mergejoin=off',
  'jit=off',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');
