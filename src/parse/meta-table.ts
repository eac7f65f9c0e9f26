// Interned facts (metas) of one epoch: equal lists of wanted facts get one id.
import type { Meta } from '../model/sample-sink.ts';
import { cleanText } from '../model/text.ts';

/** Distinct fact lists per epoch; a full table starts a new epoch. */
export const MAX_METAS = 20_000;
/** UTF-16 units of one fact's value that are kept. Longer ones are cut; Pyroscope refuses label values over 2,048 bytes. */
export const MAX_META_VALUE_LENGTH = 2_048;
/** UTF-16 units of all values of an epoch. */
export const MAX_META_TEXT_UNITS = 4_194_304;

export class MetaTable {
  readonly metas: (readonly Meta[])[] = [[]];
  private readonly ids = new Map<string, number>([['', 0]]);
  private textUnits = 0;

  get isFull(): boolean {
    return this.metas.length >= MAX_METAS || this.textUnits >= MAX_META_TEXT_UNITS;
  }

  /** Id of a list of facts; of a repeated key the last value counts. */
  intern(pairs: readonly Meta[]): number {
    if (pairs.length === 0) return 0;
    const values = new Map<string, string>();
    for (const [key, value] of pairs) values.set(key, cleanText(value.trim(), MAX_META_VALUE_LENGTH));
    const list = [...values].sort(([a], [b]) => (a < b ? -1 : 1));
    // Cleaned text holds no control characters, so these separators are unambiguous.
    const key = list.map(([name, value]) => `${name}\u0000${value}`).join('\u0001');
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    this.textUnits += key.length;
    const id = this.metas.push(list) - 1;
    this.ids.set(key, id);
    return id;
  }
}
