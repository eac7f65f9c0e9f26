// What the children of one store have said before they were killed, and what must be there and what must not be after that.
import type { Doom } from './kill-upload.ts';
import { isDoomed } from './kill-upload.ts';

/** How sure it is that a profile is there. */
type Fate = 'kept' | 'open' | 'gone';

const NONE = { written: 0, deleted: 0, expired: 0, selected: 0, sums: 0 };

export class Losses {
  /** By id. */
  private readonly fates = new Map<string, { readonly n: number; fate: Fate }>();
  private readonly running = new Set<Doom>();
  /** Those that were there when it began; what comes later may or may not be meant. */
  private readonly meant = new Map<Doom, readonly string[]>();
  private last = 0;
  counts = { ...NONE };

  /** The number to go on with: none that may have been written is written again. */
  get next(): number {
    return this.last + 100;
  }

  kept(): readonly string[] {
    return this.ofFate('kept');
  }

  gone(): readonly string[] {
    return this.ofFate('gone');
  }

  /** Undefined where it was never acknowledged. */
  numberOf(id: string): number | undefined {
    return this.fates.get(id)?.n;
  }

  hear(line: string): void {
    const [word, ...rest] = line.split(' ');
    if (word === 'written') this.write(Number(rest[0]), rest[1]!);
    else if (word === 'deleting') this.doubt(rest[0]!);
    else if (word === 'deleted') this.delete(rest[0]!);
    else if (word === 'dooming') this.begin(rest[0] as Doom);
    else if (word === 'doomed') this.finish(rest[0] as Doom, Number(rest[1]));
    else if (word === 'summed') this.counts.sums += Number(rest[0]);
    else throw new Error(`The child said: ${line}`);
  }

  /** It was killed: what had begun remains open. */
  end(): void {
    this.running.clear();
    this.meant.clear();
  }

  forgetCounts(): void {
    this.counts = { ...NONE };
  }

  private ofFate(fate: Fate): readonly string[] {
    return [...this.fates].filter(([, { fate: own }]) => own === fate).map(([id]) => id);
  }

  private write(n: number, id: string): void {
    this.last = Math.max(this.last, n);
    this.counts.written += 1;
    const isOpen = [...this.running].some((doom) => isDoomed(doom, n));
    this.fates.set(id, { n, fate: isOpen ? 'open' : 'kept' });
  }

  /** What is gone stays gone. */
  private doubt(id: string): void {
    const entry = this.fates.get(id)!;
    if (entry.fate === 'kept') entry.fate = 'open';
  }

  private delete(id: string): void {
    this.counts.deleted += 1;
    this.fates.get(id)!.fate = 'gone';
  }

  private begin(doom: Doom): void {
    this.running.add(doom);
    const meant = [...this.fates].filter(([, { n, fate }]) => fate !== 'gone' && isDoomed(doom, n));
    for (const [, entry] of meant) entry.fate = 'open';
    this.meant.set(
      doom,
      meant.map(([id]) => id),
    );
  }

  private finish(doom: Doom, count: number): void {
    this.counts[doom === 'expire' ? 'expired' : 'selected'] += count;
    this.running.delete(doom);
    for (const id of this.meant.get(doom)!) this.fates.get(id)!.fate = 'gone';
  }
}
