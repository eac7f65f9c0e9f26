// A sampler's stderr as log lines: cut, cleaned, deduplicated and rate-limited, since some samplers write one per sample.
import { cleanText } from '../model/text.ts';

/** Longer lines are cut. */
const MAX_LINE_LENGTH = 500;
/** Different lines that pass per period; equal ones (numbers aside) pass once. */
const MAX_LINES_PER_PERIOD = 20;
const PERIOD_MS = 10_000;
/** Last lines that are kept for the report of the child's end. */
const TAIL_LINES = 20;

export interface StderrLogOptions {
  readonly onLine: (line: string) => void;
  /** Lines that were left out in a period that has ended. */
  readonly onSuppressed: (lines: number) => void;
  readonly now?: () => number;
}

export class StderrLog {
  private readonly options: StderrLogOptions;
  private readonly now: () => number;
  private readonly tailLines: string[] = [];
  private rest = '';
  private seen = new Set<string>();
  private suppressed = 0;
  private periodStartMs: number;

  constructor(options: StderrLogOptions) {
    this.options = options;
    this.now = options.now ?? Date.now;
    this.periodStartMs = this.now();
  }

  /** The last lines, oldest first. */
  get tail(): readonly string[] {
    return this.tailLines;
  }

  push(chunk: Uint8Array): void {
    const lines = (this.rest + Buffer.from(chunk).toString('utf8')).split('\n');
    this.rest = (lines.pop() ?? '').slice(0, MAX_LINE_LENGTH);
    for (const line of lines) this.take(line);
  }

  end(): void {
    if (this.rest !== '') this.take(this.rest);
    this.rest = '';
    this.startPeriod();
  }

  private take(raw: string): void {
    const line = cleanText(raw.trim(), MAX_LINE_LENGTH);
    if (line === '') return;
    this.tailLines.push(line);
    if (this.tailLines.length > TAIL_LINES) this.tailLines.shift();
    if (this.now() - this.periodStartMs >= PERIOD_MS) this.startPeriod();
    const shape = line.replace(/\d+/g, '0');
    if (this.seen.has(shape) || this.seen.size >= MAX_LINES_PER_PERIOD) {
      this.suppressed += 1;
      return;
    }
    this.seen.add(shape);
    this.options.onLine(line);
  }

  private startPeriod(): void {
    if (this.suppressed > 0) this.options.onSuppressed(this.suppressed);
    this.suppressed = 0;
    this.seen = new Set();
    this.periodStartMs = this.now();
  }
}
