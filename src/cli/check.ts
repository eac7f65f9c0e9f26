// `spybridge check`: the configuration alone; nothing is started and no server is asked.
import type { Config } from '../config/config.ts';
import { optionSpecs } from '../config/option-table.ts';
import { cleanText } from '../model/text.ts';
import { parseListen } from '../observe/http.ts';
import { compileEntryPoints } from '../transform/entry-point.ts';
import { compileTags } from '../transform/tags.ts';
import { embeddedConfigOf } from './embedded-config.ts';
import { planJob, planSpans } from './job.ts';
import { checkTarget } from './target.ts';

/**
 * Prints each option that was given and where its value came from; secrets stay hidden.
 * Throws SpybridgeError: the first thing that would keep `spybridge run` from starting.
 */
export function runCheck(config: Config, samplerWords: readonly string[]): void {
  checkTarget(config);
  if (config.pyroscope === undefined) parseListen(embeddedConfigOf(config).listen, '--listen');
  if (samplerWords.length > 0) planJob(config, samplerWords);
  compileTags(config.tags);
  planSpans(config);
  compileEntryPoints(config.entryPoints);
  if (config.httpListen !== undefined) parseListen(config.httpListen);
  for (const { name, isSecret } of optionSpecs) {
    const written = config.given.get(name);
    if (written === undefined) continue;
    const value = isSecret === true ? '(hidden)' : written.texts.join(', ');
    process.stdout.write(`${cleanText(`${name.padEnd(22)} ${value}   (${written.origin})`)}\n`);
  }
  process.stdout.write('The configuration is right.\n');
}
