// Whether somebody still waits for what a request asks for. Stores are told so with every query, whoever makes it on the way.
import { AsyncLocalStorage } from 'node:async_hooks';

const signals = new AsyncLocalStorage<AbortSignal>();

/** All queries within the work end when the signal aborts. */
export function whileAsked<Result>(signal: AbortSignal, work: () => Result): Result {
  return signals.run(signal, work);
}

/** Undefined where nobody in particular asks. */
export function askersSignal(): AbortSignal | undefined {
  return signals.getStore();
}
