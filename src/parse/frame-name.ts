// How a frame is named in flame graphs.
import { cleanText } from '../model/text.ts';

/** Name of the frame that is a file's top-level code. */
export const MAIN = '<main>';

/** What samplers print as the file of a function that is not PHP code. */
export const INTERNAL = '<internal>';

/**
 * The display name. Flame graphs merge frames by name alone, so top-level code carries its file
 * (unless `keepEntrypointName` is off); everything else is named as the sampler names it.
 */
export function nameFrame(name: string, file: string, keepEntrypointName: boolean): string {
  const clean = cleanText(name);
  return clean === MAIN && keepEntrypointName && file !== '' ? `${MAIN} ${file}` : clean;
}
