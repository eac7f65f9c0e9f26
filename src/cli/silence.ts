// Notices a sampler that runs and prints nothing: a wrong pattern, an idle PHP, a missing right.
import type { EventLog } from '../observe/events.ts';
import type { Ledger } from '../observe/ledger.ts';

const QUIET_MS = 30_000;

export class Silence {
  private readonly ledger: Ledger;
  private readonly events: EventLog;
  private received = 0;
  private sinceMs = 0;
  private hasTold = false;

  constructor(ledger: Ledger, events: EventLog) {
    this.ledger = ledger;
    this.events = events;
  }

  /** A sampler has started. */
  begin(nowMs: number): void {
    this.sinceMs = nowMs;
  }

  /** Tells once per silence. */
  check(nowMs: number): void {
    const { received } = this.ledger.totals();
    if (received !== this.received) {
      this.received = received;
      this.sinceMs = nowMs;
      this.hasTold = false;
    } else if (!this.hasTold && nowMs - this.sinceMs >= QUIET_MS) {
      this.hasTold = true;
      this.events.report('no_samples', { seconds: Math.round((nowMs - this.sinceMs) / 1_000) });
    }
  }
}
