/** What the work resolves to, or `null` when it takes longer than `ms`; it then goes on unattended. Rejects as it does. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T | null> {
  const { promise: over, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(resolve, Math.max(0, ms), null);
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}
