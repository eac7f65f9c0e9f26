// The configuration of the server in the bridge's own process.
import type { Config } from '../config/config.ts';
import { loadServeConfig } from '../config/serve-config.ts';
import type { ServeConfig } from '../config/serve-config.ts';
import { serverOptions } from '../config/server-options.ts';

const SHARED: ReadonlySet<string> = new Set(serverOptions.map(({ name }) => name));

/**
 * What the bridge was given of it, from wherever; all else is at its default. The bridge's environment and file hold options of
 * others, too, so they are not read again. Throws SpybridgeError('config').
 */
export function embeddedConfigOf({ given }: Config): ServeConfig {
  const { HOME, XDG_STATE_HOME } = process.env;
  return loadServeConfig(new Map([...given].filter(([name]) => SHARED.has(name))), { HOME, XDG_STATE_HOME });
}
