/** What `timed-echo.ts` tells its parent. */
export interface HandlerCall {
  readonly id: string;
  /** By `monotonicMs()`. */
  readonly atMs: number;
}

/** One clock for all processes of this machine, in milliseconds since its start. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;
