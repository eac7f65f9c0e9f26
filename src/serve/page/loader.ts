// One question to the server at a time: a new one ends the old one, and the last answer stays until there is another.
import { CallError } from './api/connect.ts';

export class Loader<Value> {
  value: Value | undefined;
  error: CallError | undefined;
  isLoading = false;
  private key = '';
  private aborter = new AbortController();
  private readonly onChange: () => void;

  constructor(onChange: () => void) {
    this.onChange = onChange;
  }

  /** Asks unless it has asked the same, be it in vain. The key says what is asked for. */
  want(key: string, ask: (signal: AbortSignal) => Promise<Value>): void {
    if (key === this.key) return;
    this.key = key;
    this.aborter.abort();
    this.aborter = new AbortController();
    this.isLoading = true;
    void this.load(ask, this.aborter.signal);
  }

  /** Forgets what there is; nothing is wanted any more. */
  clear(): void {
    this.aborter.abort();
    this.key = '';
    this.value = undefined;
    this.error = undefined;
    this.isLoading = false;
  }

  private async load(ask: (signal: AbortSignal) => Promise<Value>, signal: AbortSignal): Promise<void> {
    try {
      const value = await ask(signal);
      if (signal.aborted) return;
      this.value = value;
      this.error = undefined;
    } catch (error) {
      if (signal.aborted) return;
      this.error = error instanceof CallError ? error : new CallError('refused', String(error));
      if (this.error.kind === 'refused') this.value = undefined;
    }
    this.isLoading = false;
    this.onChange();
  }
}
