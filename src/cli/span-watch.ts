// Tells, once each, when span labels are not what the operator expects: none at all, broken ones, or too many.
import type { EventLog } from '../observe/events.ts';
import type { SpanTally } from '../observe/span-tally.ts';
import { MAX_WINDOW_SPANS } from '../transform/span-labeler.ts';

/** Samples without any trace context among them, after which it looks like a mistake. */
export const PATIENT_SAMPLES = 1_000;

export class SpanWatch {
  private readonly tally: SpanTally;
  private readonly events: EventLog;
  private readonly told = new Set<string>();

  constructor(tally: SpanTally, events: EventLog) {
    this.tally = tally;
    this.events = events;
  }

  check(): void {
    const { labelled, capped, invalid, absent } = this.tally;
    if (capped > 0) this.tell('spans_capped', { limit: MAX_WINDOW_SPANS, samples: capped });
    if (invalid > 0) this.tell('spans_invalid', { samples: invalid });
    if (absent >= PATIENT_SAMPLES && labelled + invalid === 0) this.tell('spans_absent', { samples: absent });
  }

  private tell(name: 'spans_capped' | 'spans_invalid' | 'spans_absent', facts: Record<string, number>): void {
    if (this.told.has(name)) return;
    this.told.add(name);
    this.events.report(name, facts);
  }
}
