/**
 * Runs the command that the first argument names with the rest, tells the parent what it answers, and ends.
 *
 * The peers' scripts are JavaScript because node would otherwise load a compiler into them, and the memory that takes
 * would be counted against the peer.
 *
 * @param {Record<string, (...args: string[]) => Promise<unknown>>} commands
 */
export async function serve(commands) {
  const [name = '', ...args] = process.argv.slice(2);
  const command = commands[name];
  if (!command) throw new Error(`Unknown command "${name}". One of ${Object.keys(commands).join(', ')}.`);
  process.once('disconnect', () => process.exit());
  const answer = await command(...args);
  await new Promise((resolve) => process.send?.(answer ?? null, resolve));
  process.exit();
}

/** Tells the parent that work begins, and resolves when it says stop. @param {unknown} [message] */
export async function untilStopped(message = 'ready') {
  process.send?.(message);
  await new Promise((resolve) => process.once('message', resolve));
}

/**
 * @param {number} total
 * @param {number} size
 * @param {(size: number) => Promise<unknown>} use
 */
export async function inBatches(total, size, use) {
  for (let done = 0; done < total; done += size) await use(Math.min(size, total - done));
}

/**
 * Calls `produce` from so many loops at once. Resolves to calls per second.
 * @param {number} producers
 * @param {number} total
 * @param {() => Promise<unknown>} produce
 */
export async function produceAtOnce(producers, total, produce) {
  let left = total;
  const started = performance.now();
  const loop = async () => {
    while (left-- > 0) await produce();
  };
  await Promise.all(Array.from({ length: producers }, loop));
  return (total * 1_000) / (performance.now() - started);
}
