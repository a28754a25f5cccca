// When a server that ended is started again: at most so many times in a while, later each time.

export interface Limits {
  /** Most restarts within the window; the next end is final until the user restarts it. */
  most: number;
  windowMs: number;
  firstDelayMs: number;
}

export const LIMITS: Limits = { most: 3, windowMs: 180_000, firstDelayMs: 500 };

export class Backoff {
  private restarts: number[] = [];

  constructor(
    private readonly limits: Limits = LIMITS,
    private readonly now: () => number = Date.now,
  ) {}

  /** Note that the server ended; return how many milliseconds to wait before it is started again, or undefined. */
  next(): number | undefined {
    const now = this.now();
    this.restarts = this.restarts.filter((at) => now - at < this.limits.windowMs);
    if (this.restarts.length >= this.limits.most) return undefined;
    const delay = this.limits.firstDelayMs * 2 ** this.restarts.length;
    this.restarts.push(now);
    return delay;
  }

  /** Forget what was: the user started it. */
  reset(): void {
    this.restarts = [];
  }
}
