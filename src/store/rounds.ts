// Work of a store that comes around again and again. A round that fails (a full disk, storage that is away) is tried again by the
// next one; it is told when rounds begin to fail, and when they go well again.
import type { UpkeepNews } from './upkeep-news.ts';

export interface RoundsOptions {
  readonly work: () => Promise<void>;
  /** From the end of a round to the beginning of the next. */
  readonly intervalMs: number;
  /** Before the first one, where that is another time. */
  readonly firstMs?: number;
  readonly onNews: (news: UpkeepNews) => void;
}

export class Rounds {
  isClosed = false;
  private readonly options: RoundsOptions;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private failures = 0;

  constructor(options: RoundsOptions) {
    this.options = options;
    this.schedule(options.firstMs ?? options.intervalMs);
  }

  /** What is under way is ended first. */
  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private schedule(ms: number): void {
    if (this.isClosed) return;
    this.timer = setTimeout(() => {
      this.running = this.run().finally(() => {
        this.schedule(this.options.intervalMs);
      });
    }, ms);
    this.timer.unref();
  }

  private async run(): Promise<void> {
    const { work, onNews } = this.options;
    try {
      await work();
    } catch (error) {
      // What fails because the store closes is no trouble.
      if (this.isClosed) return;
      this.failures += 1;
      onNews({ kind: 'failed', reason: reasonOf(error), failures: this.failures });
      return;
    }
    if (this.failures > 0) onNews({ kind: 'recovered', failures: this.failures });
    this.failures = 0;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}
