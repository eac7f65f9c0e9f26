// What a store does unasked, for the log and the metrics.

export type UpkeepNews =
  | { readonly kind: 'expired'; readonly reason: 'age' | 'size'; readonly profiles: number }
  | { readonly kind: 'rolled_up'; readonly hours: number }
  /** A round did not do all it should; the next one tries again. `failures` is how many in a row. */
  | { readonly kind: 'failed'; readonly reason: string; readonly failures: number }
  /** The first round that went well after failed ones. */
  | { readonly kind: 'recovered'; readonly failures: number };

export type ThreadNews =
  | {
      readonly kind: 'thread_ended';
      readonly role: string;
      readonly reason: string;
      readonly pauseMs: number;
    }
  | {
      readonly kind: 'thread_failed';
      readonly role: string;
      readonly reason: string;
      readonly pauseMs: number;
    }
  | { readonly kind: 'thread_restarted'; readonly role: string }
  /** It has been asked, and has not answered anything for so long. */
  | { readonly kind: 'thread_stalled'; readonly role: string; readonly waitedMs: number }
  /** One that was stalled has answered. */
  | { readonly kind: 'thread_moved'; readonly role: string; readonly waitedMs: number };

export type StoreNews = UpkeepNews | ThreadNews;
