// What became of one attempt to deliver a batch.

export type Outcome =
  | { readonly kind: 'delivered' }
  /** It may pass later: the server is away, slow or busy. `afterMs` is the server's own wish. */
  | { readonly kind: 'retry'; readonly reason: string; readonly afterMs?: number }
  /** It is too large as a whole; its halves may pass. */
  | { readonly kind: 'too_large'; readonly reason: string }
  /** It holds several label sets, and a request of this destination carries one. */
  | { readonly kind: 'too_varied' }
  /** The server will never take it as it is. */
  | { readonly kind: 'rejected'; readonly status: number; readonly reason: string }
  /** The server takes nothing from us (credentials, wrong address): no fault of the batch. */
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string };
