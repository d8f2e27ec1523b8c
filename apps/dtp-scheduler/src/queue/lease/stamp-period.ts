/** How often the main thread shows that it is alive, and how often the watchdog looks (milliseconds). */
export const stampPeriodMs = (leaseMs: number): number => Math.min(250, leaseMs / 10);
