// The few elements of S3's answers that are read, out of text that nobody vouches for: no entities but XML's own five.
import { StoreError } from '../store.ts';
import type { ListPage } from './object-storage.ts';

/** A page of ListObjectsV2; `next` is the token of the next one. Throws StoreError('unavailable') where it is none. */
export function parseListPage(xml: string): ListPage & { readonly next: string | undefined } {
  if (!/<ListBucketResult[\s>]/.test(xml))
    throw new StoreError('unavailable', 'The object storage answers with no list.', xml.slice(0, 1_000));
  const isEscaped = elementOf(xml, 'EncodingType') === 'url';
  const name = (text: string): string => (isEscaped ? unescapeUrl(text) : text);
  const objects = blocksOf(xml, 'Contents').map((block) => ({
    key: name(elementOf(block, 'Key') ?? ''),
    bytes: Number(elementOf(block, 'Size') ?? 0),
  }));
  const prefixes = blocksOf(xml, 'CommonPrefixes').map((block) => name(elementOf(block, 'Prefix') ?? ''));
  const isCut = elementOf(xml, 'IsTruncated') === 'true';
  const next = isCut ? elementOf(xml, 'NextContinuationToken') : undefined;
  if (isCut && next === undefined)
    throw new StoreError('unavailable', 'The object storage cuts a list without saying how it goes on.');
  return { objects, prefixes, next };
}

/** `NoSuchKey`, `AccessDenied`...; undefined where the body is no error of S3. */
export function errorCodeOf(body: Buffer): string | undefined {
  const code = elementOf(body.toString('utf8'), 'Code');
  return code !== undefined && /^\w{1,64}$/.test(code) ? code : undefined;
}

function blocksOf(xml: string, name: string): string[] {
  const blocks: string[] = [];
  const open = `<${name}>`;
  const close = `</${name}>`;
  for (let at = xml.indexOf(open); at >= 0;) {
    const end = xml.indexOf(close, at);
    if (end < 0) break;
    blocks.push(xml.slice(at + open.length, end));
    at = xml.indexOf(open, end);
  }
  return blocks;
}

function elementOf(xml: string, name: string): string | undefined {
  const block = blocksOf(xml.includes(`</${name}>`) ? xml : '', name)[0];
  return block?.replace(/&(lt|gt|amp|quot|apos|#\d{1,7}|#x[\da-fA-F]{1,6});/g, (_, entity: string) =>
    charOf(entity),
  );
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function charOf(entity: string): string {
  const named = ENTITIES[entity];
  if (named !== undefined) return named;
  const code = entity[1] === 'x' ? parseInt(entity.slice(2), 16) : Number(entity.slice(1));
  return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
}

/** As forms are escaped: a plus is a blank. What is no escape stays as it is. */
function unescapeUrl(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
