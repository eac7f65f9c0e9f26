// How often each client may write: a token bucket per address, for a bounded number of addresses.
import { isIPv6 } from 'node:net';

/** Addresses that are remembered; the one that was idle longest is forgotten first. */
export const MAX_CLIENTS = 10_000;
/** A bucket holds so many seconds of its rate. */
const BURST_S = 2;

interface Bucket {
  tokens: number;
  atMs: number;
}

export class ClientRates {
  private readonly buckets = new Map<string, Bucket>();
  private readonly onForgotten: () => void;
  private readonly perSecond: number;
  private readonly now: () => number;

  /** `perSecond` 0 is no limit. `now` is a clock in ms that never goes back. */
  constructor(
    perSecond: number,
    now: () => number = () => performance.now(),
    onForgotten: () => void = () => undefined,
  ) {
    this.onForgotten = onForgotten;
    this.perSecond = perSecond;
    this.now = now;
  }

  get clients(): number {
    return this.buckets.size;
  }

  /** 0 where the request may pass, else the seconds after which it may. */
  take(address: string): number {
    if (this.perSecond === 0) return 0;
    const client = clientOf(address);
    const atMs = this.now();
    const bucket = this.buckets.get(client) ?? { tokens: this.perSecond * BURST_S, atMs };
    bucket.tokens = Math.min(
      this.perSecond * BURST_S,
      bucket.tokens + ((atMs - bucket.atMs) / 1_000) * this.perSecond,
    );
    bucket.atMs = atMs;
    this.remember(client, bucket);
    if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / this.perSecond));
    bucket.tokens -= 1;
    return 0;
  }

  /** A map keeps its order: who was here last stands last. */
  private remember(client: string, bucket: Bucket): void {
    this.buckets.delete(client);
    this.buckets.set(client, bucket);
    for (const oldest of this.buckets.keys()) {
      if (this.buckets.size <= MAX_CLIENTS) return;
      this.buckets.delete(oldest);
      this.onForgotten();
    }
  }
}

/** A machine with IPv6 owns a whole /64: its addresses are one client. */
function clientOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const behind = tail === '' ? [] : tail.split(':');
    while (groups.length + behind.length < 8) groups.push('0');
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}
