// What the writer does unasked: lets old profiles go, by age and by size, and adds up hours that are over.
import type { Writer } from './writer.ts';

export interface Retention {
  /** Profiles that were taken longer ago are deleted. */
  readonly ageNanos?: bigint;
  /** Of all profiles on the disk, roughly; the oldest are deleted when it is more. */
  readonly limitBytes?: number;
}

const INTERVAL_MS = 10_000;
/** After its end an hour stays open for so long: uploads are on their way. */
const GRACE_NANOS = 300_000_000_000n;
/** An hour that changed so recently may change again. */
const QUIET_MS = 60_000;

export class Upkeep {
  private readonly writer: Writer;
  private readonly retention: Retention;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private isClosed = false;

  constructor(writer: Writer, retention: Retention) {
    this.writer = writer;
    this.retention = retention;
    this.schedule();
  }

  /** One round of all that retention asks for, at this time (UNIX, ns). How many profiles went. */
  async retain(nowNanos: bigint): Promise<number> {
    const { ageNanos, limitBytes } = this.retention;
    let removed = 0;
    if (ageNanos !== undefined) removed += await this.writer.expire(nowNanos - ageNanos);
    if (limitBytes !== undefined) removed += await this.writer.shrink(limitBytes);
    return removed;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private schedule(): void {
    if (this.isClosed) return;
    this.timer = setTimeout(() => {
      // What fails now (a full disk) is tried again in the next round; queries don't depend on it.
      this.running = this.run()
        .catch(() => undefined)
        .finally(() => {
          this.schedule();
        });
    }, INTERVAL_MS);
    this.timer.unref();
  }

  private async run(): Promise<void> {
    const now = BigInt(Date.now()) * 1_000_000n;
    await this.retain(now);
    if (!this.isClosed) await this.writer.rollUp(now - GRACE_NANOS, QUIET_MS);
  }
}
