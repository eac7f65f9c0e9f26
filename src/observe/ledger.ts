// The accounting of samples: received + replayed = delivered + filtered + dropped by reason + pending, at every moment.
import type { DropReason } from '../model/sample-sink.ts';

export interface LedgerTotals {
  readonly received: number;
  /** Samples of batches that an earlier run left in the spool. */
  readonly replayed: number;
  readonly delivered: number;
  readonly filtered: number;
  readonly dropped: ReadonlyMap<DropReason, number>;
  readonly droppedTotal: number;
  /** In the open window, the queue, the spool or on the wire. */
  readonly pending: number;
}

/** All figures are samples. Hot paths call it once per sample: plain additions only. */
export class Ledger {
  private received = 0;
  private replayed = 0;
  private delivered = 0;
  private filtered = 0;
  private readonly dropped = new Map<DropReason, number>();

  /** Samples that the sampler printed, whatever becomes of them. */
  receive(samples: number): void {
    this.received += samples;
  }

  replay(samples: number): void {
    this.replayed += samples;
  }

  deliver(samples: number): void {
    this.delivered += samples;
  }

  /** Left out on the user's wish: entry points that match no pattern. */
  filter(samples: number): void {
    this.filtered += samples;
  }

  drop(reason: DropReason, samples: number): void {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + samples);
  }

  totals(): LedgerTotals {
    let droppedTotal = 0;
    for (const samples of this.dropped.values()) droppedTotal += samples;
    const { received, replayed, delivered, filtered } = this;
    const pending = received + replayed - delivered - filtered - droppedTotal;
    return { received, replayed, delivered, filtered, dropped: new Map(this.dropped), droppedTotal, pending };
  }
}
