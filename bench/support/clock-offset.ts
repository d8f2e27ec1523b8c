import type { Client } from 'pg';

const TRIES = 50;

/** How far the database's clock is ahead of this process's, ms: from the question that was answered quickest. */
export async function clockOffsetMs(client: Client): Promise<number> {
  let best = { roundTripMs: Number.POSITIVE_INFINITY, offsetMs: 0 };
  for (let asked = 0; asked < TRIES; asked++) {
    const before = performance.timeOrigin + performance.now();
    const { rows } = await client.query<{ ms: number }>(
      'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS ms',
    );
    const after = performance.timeOrigin + performance.now();
    const offsetMs = (rows[0]?.ms ?? Number.NaN) - (before + after) / 2;
    if (after - before < best.roundTripMs) best = { roundTripMs: after - before, offsetMs };
  }
  return best.offsetMs;
}
