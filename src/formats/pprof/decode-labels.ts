// Labels of samples: those of equal bytes are read once and shared, since most samples of a profile have one of few sets.
import type { SampleLabel } from './pprof.ts';
import { textKey } from './text-key.ts';
import { BYTES, over, VARINT, Wire } from './wire.ts';

type Text = (id: number) => string;

/** UTF-16 units of all labels of a sample together. Pyroscope takes 2,048 bytes per value, and 100 of them. */
const MAX_LABELS_LENGTH = 65_536;

export class LabelReader {
  private readonly bound: number;
  private readonly text: Text;
  private readonly sets = new Map<string, readonly SampleLabel[]>();
  private read = 0;
  /** Where the labels of the sample at hand lie: start, end, start, end... */
  private readonly ranges: number[] = [];

  /** At most `bound` labels are read. */
  constructor(bound: number, text: Text) {
    this.bound = bound;
    this.text = text;
  }

  get hasLabels(): boolean {
    return this.ranges.length > 0;
  }

  /** The wire has come to a label. Throws PprofError. */
  note(wire: Wire): void {
    wire.expect(BYTES);
    const end = wire.length();
    if (this.ranges.length >= 2 * this.bound) throw over(this.bound, 'labels');
    this.ranges.push(wire.at, end);
    wire.at = end;
  }

  /** The labels that were noted since the last call. Throws PprofError. */
  take({ buffer }: Wire): readonly SampleLabel[] {
    const { ranges } = this;
    let bytes = '';
    for (let i = 0; i < ranges.length; i += 2)
      bytes += `${ranges[i + 1]! - ranges[i]!}:${buffer.toString('latin1', ranges[i], ranges[i + 1])}`;
    const key = textKey(bytes);
    let set = this.sets.get(key);
    if (set === undefined) {
      this.read += ranges.length / 2;
      if (this.read > this.bound) throw over(this.bound, 'labels');
      const labels: SampleLabel[] = [];
      for (let i = 0; i < ranges.length; i += 2)
        labels.push(readLabel(new Wire(buffer, ranges[i], ranges[i + 1]), this.text));
      if (lengthOf(labels) > MAX_LABELS_LENGTH)
        throw over(MAX_LABELS_LENGTH, 'characters in the labels of a sample');
      set = labels;
      this.sets.set(key, set);
    }
    ranges.length = 0;
    return set;
  }
}

function lengthOf(labels: readonly SampleLabel[]): number {
  return labels.reduce(
    (sum, label) => sum + label.key.length + ('text' in label ? label.text : label.unit).length,
    0,
  );
}

function readLabel(wire: Wire, text: Text): SampleLabel {
  let [key, value, unit] = [0, 0, 0];
  let number = 0n;
  while (wire.next()) {
    if (wire.field > 4) {
      wire.skip();
      continue;
    }
    wire.expect(VARINT);
    if (wire.field === 1) key = wire.number();
    else if (wire.field === 2) value = wire.number();
    else if (wire.field === 3) number = wire.signed();
    else unit = wire.number();
  }
  return value === 0 ? { key: text(key), number, unit: text(unit) } : { key: text(key), text: text(value) };
}
