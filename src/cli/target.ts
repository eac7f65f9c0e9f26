// What only a run that delivers needs of its configuration.
import type { Config } from '../config/config.ts';
import { SpybridgeError } from '../model/errors.ts';

/** Throws SpybridgeError('config') where there is no server or no application name. */
export function checkTarget({ app, pyroscope }: Config): void {
  if (pyroscope === undefined) {
    throw new SpybridgeError('config', 'There is no server to deliver to.', {
      hint: 'Give --pyroscope URL; to see what would be sent, use `spybridge print`.',
    });
  }
  if (app === undefined) {
    throw new SpybridgeError('config', 'There is no application name.', { hint: 'Give --app NAME.' });
  }
}
