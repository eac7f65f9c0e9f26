// Whether a thread that was asked goes on answering: one that hangs is worse than one that dies, as nobody is told.
import type { ThreadNews } from '../upkeep-news.ts';

/** Looks within the time that makes a stall. */
const LOOKS = 4;

export interface StallOptions {
  readonly role: string;
  readonly stallMs: number;
  readonly onNews: (news: ThreadNews) => void;
}

export class StallWatch {
  private readonly options: StallOptions;
  private readonly timer: NodeJS.Timeout;
  /** Of the last answer, or of the first question after all were answered. Undefined while nothing waits. */
  private sinceMs: number | undefined;
  /** Calls without an answer. */
  private open = 0;
  private isStalled = false;

  constructor(options: StallOptions) {
    this.options = options;
    this.timer = setInterval(() => {
      this.look();
    }, options.stallMs / LOOKS);
    this.timer.unref();
  }

  asked(): void {
    this.sinceMs ??= performance.now();
    this.open += 1;
  }

  /** Also where nobody waits for the answer any more. */
  answered(): void {
    if (this.isStalled) this.tell('thread_moved');
    this.isStalled = false;
    this.open -= 1;
    this.sinceMs = this.open === 0 ? undefined : performance.now();
  }

  close(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    if (this.isStalled || this.waitedMs < this.options.stallMs) return;
    this.isStalled = true;
    this.tell('thread_stalled');
  }

  private get waitedMs(): number {
    return this.sinceMs === undefined ? 0 : performance.now() - this.sinceMs;
  }

  private tell(kind: 'thread_stalled' | 'thread_moved'): void {
    const { role, onNews } = this.options;
    onNews({ kind, role, waitedMs: Math.round(this.waitedMs) });
  }
}
