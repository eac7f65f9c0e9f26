import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HEAD_BYTES, openInput, readAll } from '../../src/cli/input-bytes.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'input-'));
const at = (name: string): string => path.join(folder, name);
const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7) % 251));

beforeAll(() => {
  writeFileSync(at('plain'), bytes);
  writeFileSync(at('packed'), gzipSync(bytes));
  writeFileSync(at('cut'), gzipSync(bytes).subarray(0, -20));
  writeFileSync(at('bomb'), gzipSync(Buffer.alloc(5_000_000)));
  writeFileSync(at('empty'), '');
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('the bytes of an input', () => {
  test.each(['plain', 'packed'])('are whole, the head among them (%s)', async (name) => {
    const input = await openInput(at(name));
    expect(input.head.length).toBeGreaterThanOrEqual(HEAD_BYTES);
    expect(input.head.equals(bytes.subarray(0, input.head.length))).toBe(true);
    expect((await readAll(input, bytes.length)).equals(bytes)).toBe(true);
  });

  test('may be none', async () => {
    const input = await openInput(at('empty'));
    expect([input.head.length, (await readAll(input, 0)).length]).toEqual([0, 0]);
  });

  test('are refused where they are too many, unpacked ones, too', async () => {
    for (const name of ['plain', 'packed', 'bomb']) {
      const reading = openInput(at(name)).then((input) => readAll(input, 299_999));
      await expect(reading).rejects.toMatchObject({
        code: 'bad_input',
        message: 'The input has more than 299999 bytes.',
      });
    }
  });

  test('are refused where their gzip ends too early', async () => {
    const reading = openInput(at('cut')).then((input) => readAll(input, 1e9));
    await expect(reading).rejects.toMatchObject({ code: 'bad_input' });
  });

  test.each([
    ['a missing file', 'nothing', 'ENOENT'],
    ['a folder', '.', 'EISDIR'],
    ['a file within a file', 'plain/x', 'ENOTDIR'],
  ])('of %s are no input', async (_, name, code) => {
    await expect(openInput(at(name))).rejects.toMatchObject({
      code: 'no_input',
      message: `${at(name)} cannot be read (${code}).`,
    });
  });
});
