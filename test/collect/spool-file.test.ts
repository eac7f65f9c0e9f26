import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeSpoolBody,
  decodeSpoolHeader,
  encodeSpoolFile,
  spoolFileName,
} from '../../src/collect/spool-file.ts';
import { plainBatch } from './plain-batch.ts';

const batch = plainBatch({ labels: [['uri', 'a\n{},;"\\é']], body: Uint8Array.from([0, 10, 255, 1]) });
const file = Buffer.concat(encodeSpoolFile(batch));

function readBack(bytes: Uint8Array): unknown {
  const header = decodeSpoolHeader(bytes);
  const body = header === undefined ? undefined : decodeSpoolBody(bytes, header);
  return body === undefined ? undefined : { ...header!.facts, body: Uint8Array.from(body) };
}

describe('spool file', () => {
  test('reads back what was written', () => {
    expect(readBack(file)).toEqual(batch);
  });

  test('refuses a file cut at any byte', () => {
    for (let end = 0; end < file.length; end++) expect(readBack(file.subarray(0, end))).toBeUndefined();
  });

  test('refuses a file with any one byte changed', () => {
    for (let i = 0; i < file.length; i++) {
      const changed = Buffer.from(file);
      changed[i]! ^= 0x20;
      expect(readBack(changed)).toBeUndefined();
    }
  });

  test('never throws on foreign bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => readBack(bytes) === undefined));
    const json = fc.json().map((text) => Buffer.from(`${text}\n`));
    fc.assert(fc.property(json, (bytes) => readBack(bytes) === undefined));
  });

  test('refuses another version of the format', () => {
    const later = Buffer.from(file.toString('latin1').replace('"version":1', '"version":2'), 'latin1');
    expect(decodeSpoolHeader(later)).toBeUndefined();
  });

  test('makes no file name from an id that could be a path', () => {
    for (const id of ['../x', 'a/b', '', '.', 'a\0b', 'x'.repeat(65)]) {
      expect(spoolFileName({ id, timeNanos: 1n })).toBeUndefined();
    }
    expect(spoolFileName({ id: 'a-1', timeNanos: 5n })).toBe('00000000000000000005-a-1.batch');
    expect(spoolFileName({ id: 'a-1', timeNanos: -5n })).toBeUndefined();
  });
});
