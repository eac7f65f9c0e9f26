// Where a run delivers to: a Pyroscope server, or, where none is named, a server and a store of its own in this process.
import type { Config } from '../config/config.ts';
import type { Destination } from '../deliver/destination.ts';
import { SpybridgeError } from '../model/errors.ts';
import type { EventLog } from '../observe/events.ts';

export interface Target {
  /** The application's name. */
  readonly app: string;
  readonly destination: Destination;
  /** Batches that are older are not sent; undefined: what Pyroscope takes. */
  readonly longestAgeMs: number | undefined;
  /** Of uploads; 0 is no limit. */
  readonly rateBytesPerSecond: number;
  /** Throws SpybridgeError('server_unreachable'). */
  requireHealth(): Promise<void>;
  close(): Promise<void>;
}

/** Of profiles in one's own store, where nobody has named the application. */
const DEFAULT_APP = 'php';

/** Throws SpybridgeError('config') where there is a server and no application name. */
export function checkTarget({ app, pyroscope }: Config): void {
  if (pyroscope !== undefined && app === undefined) {
    throw new SpybridgeError('config', 'There is no application name.', { hint: 'Give --app NAME.' });
  }
}

/** Throws SpybridgeError('config'). */
export async function openTarget(config: Config, events: EventLog): Promise<Target> {
  checkTarget(config);
  if (config.pyroscope !== undefined) {
    const { makePyroscopeTarget } = await import('./pyroscope-target.ts');
    return makePyroscopeTarget(config, config.pyroscope, config.app!, events);
  }
  const { openEmbeddedTarget } = await import('./embedded-target.ts');
  return openEmbeddedTarget(config, config.app ?? DEFAULT_APP, events);
}
