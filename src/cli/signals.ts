// What signals mean: TERM and INT stop, a second one quits, HUP reloads, USR2 flushes, USR1 nothing.
import { exitCodeOfSignal } from './exit-codes.ts';

export interface SignalDeskOptions {
  readonly onStop: (signal: NodeJS.Signals) => void;
  /** Just before the process ends. */
  readonly onQuit: (signal: NodeJS.Signals) => void;
  readonly onFlush: () => void;
  readonly onReload?: () => void;
}

export class SignalDesk {
  /** The signal that stopped the run, if one has. */
  signal: NodeJS.Signals | undefined;
  private readonly controller = new AbortController();
  private readonly handlers: readonly (readonly [NodeJS.Signals, () => void])[];

  constructor(options: SignalDeskOptions) {
    const stop = (signal: NodeJS.Signals) => (): void => {
      if (this.signal !== undefined) {
        options.onQuit(signal);
        process.exit(exitCodeOfSignal(signal));
      }
      this.signal = signal;
      options.onStop(signal);
      this.controller.abort();
    };
    this.handlers = [
      ['SIGTERM', stop('SIGTERM')],
      ['SIGINT', stop('SIGINT')],
      ['SIGUSR2', options.onFlush],
      // Without a handler it would end the process, and a closed terminal with it.
      ['SIGHUP', options.onReload ?? stop('SIGHUP')],
      // Without a handler Node opens its inspector on it.
      ['SIGUSR1', () => undefined],
    ];
    for (const [name, handler] of this.handlers) process.on(name, handler);
  }

  get stopped(): AbortSignal {
    return this.controller.signal;
  }

  close(): void {
    for (const [name, handler] of this.handlers) process.off(name, handler);
  }
}
