// The one error class: a stable code, a sentence for the user, and a hint that says what to do.

export type ErrorCode =
  | 'usage'
  | 'config'
  | 'server_unreachable'
  | 'not_permitted'
  | 'sampler_missing'
  | 'sampler_failed'
  | 'unsupported_php'
  | 'bad_input'
  | 'no_input'
  | 'io'
  | 'internal';

export interface SpybridgeErrorOptions {
  /** What the operator can do about it: one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

export class SpybridgeError extends Error {
  override readonly name = 'SpybridgeError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: SpybridgeErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}
