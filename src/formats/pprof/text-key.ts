// Keys of maps out of texts that nobody vouches for.
import { createHash } from 'node:crypto';

/**
 * Longer texts are kept as digests: millions of them fill the memory, and V8 hashes what has more than 16,383 units by its length
 * alone, so that a thousand of equal length would make every look-up compare them all.
 */
export const MAX_KEY_LENGTH = 512;
const DIGEST_MARK = '\u0000';

/** Equal for equal texts only, and short: a long text is its digest. */
export function textKey(text: string): string {
  if (text.length <= MAX_KEY_LENGTH && !text.startsWith(DIGEST_MARK)) return text;
  return DIGEST_MARK + createHash('sha256').update(text, 'utf16le').digest('base64');
}
