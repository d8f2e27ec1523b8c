/**
 * Puts this process's wall clock wrong; `performance.now()`, timers and PostgreSQL stay right.
 *
 * @returns the true time
 */
export function skewClock(byMs: number): () => number {
  const RealDate = Date;
  const realNow = RealDate.now.bind(RealDate);
  if (byMs !== 0) {
    class SkewedDate extends RealDate {
      constructor(...args: [] | [number | string]) {
        if (args.length === 0) super(realNow() + byMs);
        else super(...(args as [number]));
      }

      static override now(): number {
        return realNow() + byMs;
      }
    }
    globalThis.Date = SkewedDate as DateConstructor;
  }
  return realNow;
}
