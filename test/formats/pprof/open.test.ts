import { createGzip, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { MAX_RAW_BYTES, openPprof, openPprofSync } from '../../../src/formats/pprof/open.ts';
import { PprofError, PprofTooLarge } from '../../../src/formats/pprof/wire.ts';

const MIB = 1_048_576;

/** Gzip of so many zeros, made without ever holding them. */
async function bombOf(bytes: number): Promise<Buffer> {
  const gzip = createGzip({ level: 9 });
  const chunk = Buffer.alloc(MIB);
  const packed: Buffer[] = [];
  gzip.on('data', (part: Buffer) => packed.push(part));
  for (let left = bytes; left > 0; left -= chunk.length) {
    await new Promise((resolve) => gzip.write(chunk.subarray(0, Math.min(left, chunk.length)), resolve));
  }
  await new Promise((resolve) => gzip.end(resolve));
  return Buffer.concat(packed);
}

describe('a body', () => {
  const plain = Buffer.from('\n\u0004some bytes');

  test('is taken plain, gzipped, or gzipped in several members', async () => {
    const members = Buffer.concat([gzipSync(plain.subarray(0, 5)), gzipSync(plain.subarray(5))]);
    for (const body of [plain, gzipSync(plain), members]) {
      expect((await openPprof(body)).equals(plain)).toBe(true);
      expect(openPprofSync(body, MAX_RAW_BYTES).equals(plain)).toBe(true);
    }
  });

  test('that is empty, cut or damaged is refused with the reason', async () => {
    const gzipped = gzipSync(plain);
    const damaged = Buffer.from(gzipped);
    damaged[12]! ^= 0xff;
    await expect(openPprof(Buffer.alloc(0))).rejects.toThrow('parsing profile: empty input file');
    await expect(openPprof(gzipped.subarray(0, 15))).rejects.toThrow('decompressing profile: unexpected EOF');
    await expect(openPprof(damaged)).rejects.toThrow(/^decompressing profile: /);
    await expect(openPprof(damaged)).rejects.toBeInstanceOf(PprofError);
    expect(() => openPprofSync(gzipped.subarray(0, 15), 100)).toThrow('unexpected EOF');
  });

  test('may fill its bound and no more, whether it is small or large', async () => {
    for (const bytes of [1_000, 20 * MIB]) {
      const zeros = Buffer.alloc(bytes);
      for (const body of [zeros, gzipSync(zeros)]) {
        expect(await openPprof(body, bytes)).toHaveLength(bytes);
        await expect(openPprof(body, bytes - 1)).rejects.toBeInstanceOf(PprofTooLarge);
        expect(() => openPprofSync(body, bytes - 1)).toThrow(`more than ${bytes - 1} bytes`);
      }
    }
  });

  test('of many members that burst together is refused as one that bursts alone', async () => {
    const member = gzipSync(Buffer.alloc(10 * MIB));
    const body = Buffer.concat(Array.from({ length: 7 }, () => member));
    await expect(openPprof(body)).rejects.toThrow(`more than ${MAX_RAW_BYTES} bytes`);
  });

  test('that would burst never holds what it would burst to', async () => {
    const bomb = await bombOf(400 * MIB);
    expect(bomb.length).toBeLessThan(420_000);
    await expect(openPprof(bomb)).rejects.toBeInstanceOf(PprofTooLarge);
    const before = process.memoryUsage().rss;
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss - before);
    }, 1);
    try {
      await expect(openPprof(bomb)).rejects.toBeInstanceOf(PprofTooLarge);
    } finally {
      clearInterval(watch);
    }
    expect(most).toBeLessThan(50 * MIB);
  });
});
