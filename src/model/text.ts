// Cleaning of text that comes from the outside: function names, files, URIs.

/** Longest function name or file that is kept, in UTF-16 units. Pyroscope cuts the head of longer ones at 65,535 bytes. */
export const MAX_NAME_LENGTH = 4096;

const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g; // eslint-disable-line no-control-regex -- they are the point

/**
 * Makes text safe for terminals, payloads and labels: lone surrogates and control characters become U+FFFD,
 * and it is cut to `maxLength` UTF-16 units (half a surrogate pair counts as a lone one).
 */
export function cleanText(text: string, maxLength: number = MAX_NAME_LENGTH): string {
  const cut = text.length > maxLength ? text.slice(0, maxLength) : text;
  return cut.replace(CONTROL, '\uFFFD').toWellFormed();
}
