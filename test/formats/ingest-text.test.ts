import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeFolded } from '../../src/formats/folded.ts';
import { decodeFoldedText, decodeLinesText, MAX_TEXT_LINE_BYTES } from '../../src/formats/ingest-text.ts';
import { PprofBuilder } from '../../src/formats/pprof/build.ts';
import type { CountMeaning } from '../../src/formats/pprof/build.ts';
import { decodePprofTable } from '../../src/formats/pprof/decode.ts';
import { encodePprofTable } from '../../src/formats/pprof/encode.ts';
import { PprofError, PprofTooLarge } from '../../src/formats/pprof/wire.ts';
import { anyRows, profileOf } from '../fixtures/profiles.ts';
import { stacksOf } from '../fixtures/pprof-samples.ts';

const NANOSECONDS = 'nanoseconds';
const wall: CountMeaning = {
  sampleType: { type: 'wall', unit: NANOSECONDS },
  periodType: { type: 'cpu', unit: NANOSECONDS },
  period: 10_000_000,
  timeNanos: 5n,
};
const bytes: CountMeaning = {
  ...{ sampleType: { type: 'alloc_space', unit: 'bytes' }, periodType: undefined, period: 1, timeNanos: 5n },
};
const folded = (text: string, meaning = bytes): readonly string[] =>
  stacksOf(decodeFoldedText(Buffer.from(text), meaning));
const lines = (text: string): readonly string[] => stacksOf(decodeLinesText(Buffer.from(text), bytes));

describe('folded stacks', () => {
  test('are a stack and a count per line, and equal stacks are added up', () => {
    expect(folded('a;b 1\na;c 2\r\na;b +4')).toEqual(['a;b=5', 'a;c=2']);
    expect(folded('a b;c d 3\n')).toEqual(['a b;c d=3']);
  });

  test('are scaled by the period where they are times, and say so', () => {
    const pprof = decodeFoldedText(Buffer.from('a 3'), wall);
    expect(pprof.header).toMatchObject({
      ...{ sampleTypes: [wall.sampleType], periodType: wall.periodType, period: 10_000_000n, timeNanos: 5n },
    });
    expect([...pprof.samples.values]).toEqual([30_000_000]);
    expect(decodeFoldedText(Buffer.from('a 3'), bytes).header.period).toBe(0n);
    const huge = decodeFoldedText(Buffer.from('a 9007199254740991\nb 1'), { ...wall, period: 1_000 });
    expect([...huge.samples.values]).toEqual([9_007_199_254_740_991_000n, 1_000n]);
  });

  test('may have frames without a name, a last `;`, no stack at all', () => {
    expect(folded(';a 1\na;;b 2\na;b; 4\n 8\n;;c 16')).toEqual([';;c=16', ';a=1', '=8', 'a;;b=2', 'a;b=4']);
  });

  test('that are nothing are a profile without samples', () => {
    for (const text of ['', '\n\n\r\n', 'a 0']) expect(folded(text)).toEqual([]);
  });

  test('are a pprof that can be read, with the mapping that Pyroscope asks for', () => {
    const pprof = decodeFoldedText(Buffer.from('a;b 1\na;c 2'), wall);
    expect(pprof.mappings).toMatchObject([{ hasFunctions: true }]);
    expect(pprof.locations.every(({ mapping }) => mapping === 0)).toBe(true);
    expect(decodePprofTable(encodePprofTable(pprof))).toEqual(pprof);
  });

  test('of ours come back as they went', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const sums = new Map<string, number>();
        for (const [frames, count] of rows) {
          const stack = frames.map((frame) => frame.split('@')[0]!).join(';');
          sums.set(stack, (sums.get(stack) ?? 0) + count);
        }
        const text = encodeFolded(profileOf(rows)).toString();
        expect(folded(text)).toEqual([...sums].map(([stack, sum]) => `${stack}=${sum}`).sort());
      }),
    );
  });

  test('hold text only: what is none becomes U+FFFD', () => {
    const body = Buffer.from([0x61, 0xff, 0x1b, 0x20, 0x31]);
    expect(stacksOf(decodeFoldedText(body, bytes))).toEqual(['a\ufffd\ufffd=1']);
  });

  test.each([
    ['a 1\na;b', 'line 2: there is no count behind the stack'],
    ['a;b\t3', 'line 1: there is no count behind the stack'],
    ['a 1\n\na 1.5', 'line 3: the count "1.5" is no whole number'],
    ['a 3 ', 'line 1: the count "" is no whole number'],
    ['a 1e3', 'line 1: the count "1e3" is no whole number'],
    ['a -3', 'line 1: the count "-3" is no whole number'],
    ['a 9007199254740992', 'line 1: the count "9007199254740992" is over 2^53'],
    [`a ${'x'.repeat(100)}`, `line 1: the count "${'x'.repeat(40)}..." is no whole number`],
  ])('like %j are refused with the line', (text, reason) => {
    expect(() => folded(text)).toThrow(reason);
    expect(() => folded(text)).toThrow(PprofError);
  });

  test('in a line of 64 KiB are read, in a longer one refused with all that follows', () => {
    const line = (length: number): string => `${'f'.repeat(length - 3)} 1\n`;
    expect(folded(`a 1\n${line(MAX_TEXT_LINE_BYTES)}b 1`)).toHaveLength(3);
    expect(() => folded(`a 1\n${line(MAX_TEXT_LINE_BYTES + 1)}b 1`)).toThrow(
      'line 2: it has more than 65536',
    );
    expect(folded('a 1\n'.repeat(1_048_576))).toEqual(['a=1048576']);
    expect(() => folded('a 1\n'.repeat(1_048_577))).toThrow('it has more than 1048576 lines');
    expect(() => lines(`a\n${line(MAX_TEXT_LINE_BYTES + 1)}`)).toThrow('line 2: it has more than 65536');
  });

  test('of more frames than a stack may have are refused', () => {
    expect(folded(`${'f;'.repeat(16_384)} 1`)).toHaveLength(1);
    expect(() => folded(`${'f;'.repeat(16_385)} 1`)).toThrow(PprofTooLarge);
  });

  test('whose time is over 64 bits are refused', () => {
    expect(() => folded('a 9007199254740991', { ...wall, period: 1e9 })).toThrow('over 64 bits');
  });

  test('never throw anything but a PprofError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (body) => {
        for (const decode of [decodeFoldedText, decodeLinesText])
          try {
            decode(body, wall);
          } catch (error) {
            expect(error).toBeInstanceOf(PprofError);
          }
      }),
    );
  });
});

describe('lines', () => {
  test('are a stack each, which counts once', () => {
    expect(lines('a;b\na;c 2\n\na;b\r\n')).toEqual(['a;b=2', 'a;c 2=1']);
  });
});

describe('a profile that is built', () => {
  const frames = Uint32Array.of(0, 0, 0);
  const builder = (bounds: object): PprofBuilder =>
    new PprofBuilder({ frames: 1, calls: 3, stacks: { rows: 9, cells: 9 }, ...bounds });

  test('over a bound is refused', () => {
    const few = builder({});
    few.frameOf('a');
    expect(() => few.frameOf('b')).toThrow('more than 1 frames');
    few.add(frames, 2, 1);
    expect(() => {
      few.add(frames, 2, 1);
    }).toThrow('more than 3 frames in its stacks');
    expect(() => {
      builder({ stacks: { rows: 0, cells: 9 } }).add(frames, 1, 1);
    }).toThrow(PprofTooLarge);
  });
});
