/** Calls at once, and then at most once an interval for as long as it is asked again. */
export class CoalescedCall {
  private timer: NodeJS.Timeout | null = null;
  private again = false;

  constructor(
    private readonly intervalMs: number,
    private readonly act: () => Promise<unknown>,
  ) {}

  call(): void {
    if (this.timer) {
      this.again = true;
      return;
    }
    this.again = false;
    this.act().catch(() => undefined);
    this.timer = setTimeout(() => {
      this.timer = null;
      if (this.again) this.call();
    }, this.intervalMs);
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.again = false;
  }
}
