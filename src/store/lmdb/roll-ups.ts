// Makes the sums of closed hours, in the background of the writer. A sum is taken back in the transaction that changes its
// hour, and made again when the hour has been left alone: a query that finds one may rely on it.
import { decodeEntry } from './entry.ts';
import type { Environment } from './environment.ts';
import { decodeHeader } from './headers.ts';
import { HourSummer } from './hour-sum.ts';
import {
  dictionaryKey,
  endOfHourKey,
  HEADERS,
  hourKey,
  hourOf,
  hourOfHourKey,
  idKey,
  idOfEntry,
  orderOfEntry,
  startOfHour,
  streamOfEntry,
  streamOfHourKey,
  timeKey,
  timeOfEntry,
} from './keys.ts';
import type { Transaction } from './transaction.ts';

/** An hour with fewer profiles is added up as fast without a sum. */
export const MIN_PROFILES = 8;
/** Profiles that are added up before uploads get their turn. */
const SLICE = 200;

interface Change {
  readonly number: number;
  /** Milliseconds, as `performance.now` counts them. */
  readonly atMs: number;
}

/** The key of an hour as text. */
type HourText = string;

/** Runs work in one of the next transactions. */
type Transact = <Result>(work: (transaction: Transaction) => Result) => Promise<Result>;

export class RollUps {
  private readonly environment: Environment;
  private readonly transact: Transact;
  /** Hours without a sum, and their last change. */
  private readonly changed = new Map<HourText, Change>();
  private changes = 0;

  constructor(environment: Environment, transact: Transact) {
    this.environment = environment;
    this.transact = transact;
    this.findHours();
  }

  /** An hour's profiles have changed: its sum, if there was one, is gone. */
  touch(key: Buffer): void {
    this.changed.set(key.toString('latin1'), { number: ++this.changes, atMs: performance.now() });
  }

  /** Makes the sums of all hours that were over before this time and did not change for so long. How many it made. */
  async makeSums(beforeNanos: bigint, quietMs: number): Promise<number> {
    let made = 0;
    const sinceMs = performance.now() - quietMs;
    for (const [text, { atMs }] of [...this.changed]) {
      const key = Buffer.from(text, 'latin1');
      if (startOfHour(hourOfHourKey(key) + 1) > beforeNanos || atMs > sinceMs) continue;
      if (await this.makeSum(key, text)) made += 1;
    }
    return made;
  }

  private async makeSum(key: Buffer, text: HourText): Promise<boolean> {
    const change = this.changed.get(text);
    const isUnchanged = (): boolean => this.changed.get(text) === change;
    const summer = new HourSummer();
    const stream = streamOfHourKey(key);
    const end = endOfHourKey(stream, hourOfHourKey(key));
    let start: Buffer | undefined = Buffer.concat([stream, timeKey(startOfHour(hourOfHourKey(key)))]);
    while (start !== undefined) {
      start = this.addSlice(summer, start, end);
      await new Promise((resolve) => setImmediate(resolve));
      // It will be tried again.
      if (!isUnchanged()) return false;
    }
    const sum = summer.profiles < MIN_PROFILES || !summer.isComplete ? undefined : summer.finish();
    const isMade = await this.transact(() => {
      if (sum === undefined || !isUnchanged()) return false;
      this.environment.hours.putSync(key, sum);
      return true;
    });
    if (isUnchanged()) this.changed.delete(text);
    return isMade;
  }

  /** The key to go on with; undefined at the end of the hour. */
  private addSlice(summer: HourSummer, start: Buffer, end: Buffer): Buffer | undefined {
    const { entries, columns } = this.environment;
    let left = SLICE;
    for (const { key, value } of entries.getRange({ start, end })) {
      if (left-- === 0) return Buffer.from(key);
      const entry = decodeEntry(value);
      const types = this.typesOf(entry.segmentId, entry.headerId);
      const bytes = columns.get(idKey(idOfEntry(key)));
      if (bytes === undefined || types === 0) summer.isComplete = false;
      else summer.add({ entry, types, order: orderOfEntry(key), columns: bytes });
    }
    return undefined;
  }

  private typesOf(segmentId: number, headerId: number): number {
    const bytes = this.environment.dictionary.get(dictionaryKey(segmentId, HEADERS, headerId));
    return bytes === undefined ? 0 : decodeHeader(bytes).sampleTypes.length;
  }

  /** After a start: the hours that have no sum yet, by one look at each hour. */
  private findHours(): void {
    const { entries, hours } = this.environment;
    let start: Buffer = Buffer.from([0]);
    for (;;) {
      const [first] = [...entries.getKeys({ start, limit: 1 })];
      if (first === undefined) return;
      const stream = Buffer.from(streamOfEntry(first));
      const hour = hourOf(timeOfEntry(first));
      const key = hourKey(stream, hour);
      if (!hours.doesExist(key)) this.touch(key);
      start = endOfHourKey(stream, hour);
    }
  }
}
