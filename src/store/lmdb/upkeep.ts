// What the writer does unasked: lets old profiles go, by age and by size, and adds up hours that are over.
import type { UpkeepNews } from '../upkeep-news.ts';
import { Rounds } from '../rounds.ts';
import type { Writer } from './writer.ts';

export interface Retention {
  /** Profiles that were taken longer ago are deleted. */
  readonly ageNanos?: bigint;
  /** Of all profiles on the disk, roughly; the oldest are deleted when it is more. */
  readonly limitBytes?: number;
}

export interface UpkeepOptions {
  readonly retention: Retention;
  /** From one round to the next. */
  readonly upkeepMs: number;
  readonly onNews: (news: UpkeepNews) => void;
}

export const UPKEEP_MS = 10_000;
/** After its end an hour stays open for so long: uploads are on their way. */
const GRACE_NANOS = 300_000_000_000n;
/** An hour that changed so recently may change again. */
const QUIET_MS = 60_000;

export class Upkeep {
  private readonly writer: Writer;
  private readonly retention: Retention;
  private readonly onNews: (news: UpkeepNews) => void;
  private readonly rounds: Rounds;

  constructor(writer: Writer, { retention, upkeepMs, onNews }: UpkeepOptions) {
    this.writer = writer;
    this.retention = retention;
    this.onNews = onNews;
    this.rounds = new Rounds({ work: () => this.run(), intervalMs: upkeepMs, onNews });
  }

  /** One round of all that retention asks for, at this time (UNIX, ns). How many profiles went. */
  async retain(nowNanos: bigint): Promise<number> {
    const { ageNanos, limitBytes } = this.retention;
    let removed = 0;
    if (ageNanos !== undefined) removed += await this.expire(nowNanos - ageNanos);
    if (limitBytes === undefined) return removed;
    const profiles = await this.writer.shrink(limitBytes);
    if (profiles > 0) this.onNews({ kind: 'expired', reason: 'size', profiles });
    return removed + profiles;
  }

  /** All tenants' profiles from before this time (UNIX, ns). How many went. */
  async expire(beforeNanos: bigint): Promise<number> {
    const profiles = await this.writer.expire(beforeNanos);
    if (profiles > 0) this.onNews({ kind: 'expired', reason: 'age', profiles });
    return profiles;
  }

  /** Makes the sums of hours that were over before this time. How many. */
  async rollUp(beforeNanos: bigint, quietMs = 0): Promise<number> {
    const hours = await this.writer.rollUp(beforeNanos, quietMs);
    if (hours > 0) this.onNews({ kind: 'rolled_up', hours });
    return hours;
  }

  close(): Promise<void> {
    return this.rounds.close();
  }

  private async run(): Promise<void> {
    const now = BigInt(Date.now()) * 1_000_000n;
    await this.retain(now);
    if (!this.rounds.isClosed) await this.rollUp(now - GRACE_NANOS, QUIET_MS);
  }
}
