// What became of the trace contexts of samples. All figures are samples that are not filtered or dropped; each is in one of them.

export class SpanTally {
  /** With span labels. */
  labelled = 0;
  /** Without: their window had too many spans already. */
  capped = 0;
  /** Without: their trace context was not valid. */
  invalid = 0;
  /** Without: they had no trace context. */
  absent = 0;

  /** By name, for metrics. */
  outcomes(): ReadonlyMap<string, number> {
    const { labelled, capped, invalid, absent } = this;
    return new Map(Object.entries({ labelled, capped, invalid, absent }));
  }
}
