/**
 * For a run of the tests with small pools: TEST_POOL_SIZE is then how many connections each plane has to its database,
 * unless a test asks for a number of its own.
 */
export function poolSize(): Record<string, string> {
  const size = process.env.TEST_POOL_SIZE;
  return size ? { WEBDB_POOL_SIZE: size, DTP_DB_POOL_SIZE: size } : {};
}
