import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { Profile as Independent } from 'pprof-format';
import { describe, expect, test } from 'vitest';
import { encodeFolded, MAX_LINE_BYTES } from '../../src/formats/folded.ts';
import { decodePprof } from '../../src/formats/pprof-decode.ts';
import { encodePprof } from '../../src/formats/pprof-encode.ts';
import type { PprofChunk, PprofLimits } from '../../src/formats/pprof-encode.ts';
import { PPROF_BOUNDS } from '../../src/formats/pprof/decode.ts';
import { ProtoWriter } from '../../src/formats/proto-writer.ts';
import { countSamples, explodeProfile, halveProfile, withoutSpans } from '../../src/formats/pprof-split.ts';
import type { Labels } from '../../src/model/labels.ts';
import { makeLabels } from '../../src/model/labels.ts';
import type { Profile } from '../../src/model/profile.ts';
import { MAX_STACK_DEPTH, StackTables } from '../../src/model/stack-tables.ts';
import { cleanText } from '../../src/model/text.ts';

type Row = readonly [frames: readonly string[], labels: Labels, count: number];

/** Frames are leaf first, `name` or `name@file@line`. Equal rows are not merged here: give each pair once. */
function makeProfile(rows: readonly Row[], periodNanos = 10_101_010): Profile {
  const tables = new StackTables();
  const ids = new Map<string, number>();
  const frameOf = (text: string): number => {
    const [name = '', file = '', line = '0'] = text.split('@');
    if (!ids.has(text)) ids.set(text, tables.addFrame(name, file, Number(line)));
    return ids.get(text)!;
  };
  const stacks = rows.map(([frames]) => tables.addStack(frames.map(frameOf), frames.length));
  const facts = {
    type: 'wall',
    timeNanos: 1_700_000_000_123_456_789n,
    durationNanos: 10_000_000_000n,
  } as const;
  const columns = { stacks, labelSets: rows.map((_, i) => i), counts: rows.map(([, , count]) => count) };
  return {
    ...facts,
    periodNanos,
    tables,
    labelSets: rows.map(([, labels]) => labels),
    rows: { length: rows.length, ...columns },
  };
}

/** Rows as text, sorted: equal for profiles with equal contents. */
function contents({ tables, labelSets, rows }: Profile): string[] {
  return Array.from({ length: rows.length }, (_, row) => {
    const frames = [...tables.framesOf(rows.stacks[row]!)].map(
      (frame) => `${tables.names[frame]!}@${tables.files[frame]!}@${tables.lines[frame]!}`,
    );
    return JSON.stringify([frames, labelSets[rows.labelSets[row]!], rows.counts[row]]);
  }).sort();
}

const noLimits = { maxRows: 1e9, maxRawBytes: 1e9 };
function encodeChunks(
  profile: Profile,
  limits: PprofLimits,
): { chunks: PprofChunk[]; tooLargeSamples: number } {
  const chunks: PprofChunk[] = [];
  const tooLargeSamples = encodePprof(profile, limits, (chunk) => {
    chunks.push({ ...chunk, raw: Buffer.from(chunk.raw) });
  });
  return { chunks, tooLargeSamples };
}
const encodeWhole = (profile: Profile): Buffer => encodeChunks(profile, noLimits).chunks[0]!.raw;

const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .map((text) => cleanText(text).replaceAll('@', 'a'));
const anyRow = fc.tuple(
  fc.array(name, { minLength: 1, maxLength: 8 }),
  fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), fc.string({ minLength: 1, maxLength: 8 }), { maxKeys: 3 }),
  fc.integer({ min: 1, max: 1e9 }),
);
const anyProfile = fc
  .uniqueArray(anyRow, {
    minLength: 1,
    maxLength: 30,
    selector: ([frames, labels]) => JSON.stringify([frames, makeLabels(Object.entries(labels))]),
  })
  .map((rows) =>
    makeProfile(rows.map(([frames, labels, count]) => [frames, makeLabels(Object.entries(labels)), count])),
  );

describe('pprof', () => {
  test('is what an independent reader reads', () => {
    const labels = makeLabels([['uri', '/a,}"\n']]);
    const read = Independent.decode(encodeWhole(makeProfile([[['md5', 'A::b@/x.php@12'], labels, 3]])));
    const text = (id: unknown): string => read.stringTable.strings[Number(id)]!;
    expect(read.sampleType.map(({ type, unit }) => [text(type), text(unit)])).toEqual([
      ['wall', 'nanoseconds'],
    ]);
    expect(text(read.periodType!.type)).toBe('cpu');
    expect([Number(read.period), BigInt(read.timeNanos)]).toEqual([10_101_010, 1_700_000_000_123_456_789n]);
    expect(
      read.sample.map(({ value, label }) => [Number(value[0]), text(label[0]!.key), text(label[0]!.str)]),
    ).toEqual([[30_303_030, 'uri', '/a,}"\n']]);
    expect(read.mapping.map(({ id, hasFunctions }) => [Number(id), hasFunctions])).toEqual([[1, true]]);
    expect(read.location.map(({ mappingId, line }) => [Number(mappingId), Number(line[0]!.line)])).toEqual([
      [1, 0],
      [1, 12],
    ]);
    expect(read.function.map((fn) => [text(fn.name), text(fn.filename)])).toEqual([
      ['md5', ''],
      ['A::b', '/x.php'],
    ]);
    expect(read.stringTable.strings[0]).toBe('');
  });

  test('comes back as it went, and equal profiles have equal bytes', () => {
    fc.assert(
      fc.property(anyProfile, (profile) => {
        const raw = encodeWhole(profile);
        expect(encodeWhole(profile).equals(raw)).toBe(true);
        const back = decodePprof(gzipSync(raw));
        expect(contents(back)).toEqual(contents(profile));
        expect(back).toMatchObject({
          type: 'wall',
          periodNanos: profile.periodNanos,
          timeNanos: profile.timeNanos,
        });
      }),
    );
  });

  test('holds values over 2^53 exactly', () => {
    const read = Independent.decode(encodeWhole(makeProfile([[['f'], [], 9_007_199_254_740_991]], 1_000)));
    expect(BigInt(read.sample[0]!.value[0]!)).toBe(9_007_199_254_740_991_000n);
  });

  test('is cut into chunks within both limits, and no sample is lost', () => {
    const rows = Array.from({ length: 500 }, (_, i): Row => [
      [`f${i}`, `g${i % 7}`],
      makeLabels([['n', String(i % 50)]]),
      i + 1,
    ]);
    const profile = makeProfile(rows);
    for (const limits of [
      { maxRows: 100, maxRawBytes: 1e9 },
      { maxRows: 1e9, maxRawBytes: 8_000 },
    ]) {
      const { chunks, tooLargeSamples } = encodeChunks(profile, limits);
      expect(tooLargeSamples).toBe(0);
      expect(chunks.length).toBeGreaterThan(4);
      expect(
        chunks.every(({ raw, rows: count }) => raw.length <= limits.maxRawBytes && count <= limits.maxRows),
      ).toBe(true);
      expect(chunks.flatMap(({ raw }) => contents(decodePprof(raw))).sort()).toEqual(contents(profile));
      expect(chunks.reduce((sum, { samples }) => sum + samples, 0)).toBe(countSamples(profile.rows));
    }
  });

  test('leaves out and counts a row that is over the limit alone', () => {
    const profile = makeProfile([
      [['x'.repeat(10_000)], [], 7],
      [['y'], [], 1],
    ]);
    const { chunks, tooLargeSamples } = encodeChunks(profile, { maxRows: 10, maxRawBytes: 5_000 });
    expect(tooLargeSamples).toBe(7);
    expect(chunks.map(({ samples }) => samples)).toEqual([1]);
  });

  test('holds valid UTF-8 even for lone surrogates', () => {
    const raw = encodeWhole(makeProfile([[['a\uD800b'], [], 1]]));
    expect(raw.includes(Buffer.from('a\uFFFDb'))).toBe(true);
  });

  test('that is damaged gives a sentence and nothing else', () => {
    const raw = encodeWhole(makeProfile([[['f', 'g@/x@3'], makeLabels([['a', 'b']]), 3]]));
    const read = (bytes: Uint8Array): void => {
      try {
        decodePprof(bytes);
      } catch (error) {
        expect(error).toMatchObject({ code: 'bad_input' });
      }
    };
    for (let cut = 0; cut < raw.length; cut++) read(raw.subarray(0, cut));
    for (let cut = 0; cut < raw.length; cut++) read(gzipSync(raw).subarray(0, cut));
    fc.assert(
      fc.property(fc.nat(raw.length - 1), fc.nat(255), (at, value) => {
        const damaged = Buffer.from(raw);
        damaged[at] = value;
        read(damaged);
      }),
      { numRuns: 500 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), read));
  });

  test('that would unpack to more than the bound is refused', () => {
    const bomb = gzipSync(Buffer.alloc(3_000_000));
    expect(() => decodePprof(bomb, 1_000_000)).toThrow('more than 1000000 bytes');
    expect(gunzipSync(bomb)).toHaveLength(3_000_000);
  });
});

describe('a pprof that would fill the memory', () => {
  const type = Buffer.from([0x0a, 4, 8, 1, 16, 2]);
  const field = (number: number, content: Uint8Array): Buffer => {
    const out = new ProtoWriter();
    out.bytes(number, content);
    return out.copy();
  };

  const strings = Buffer.concat(['', 'a', 'b'].map((text) => field(6, Buffer.from(text))));

  test('with too many samples is refused', () => {
    const { samples } = PPROF_BOUNDS;
    const raw = Buffer.concat([type, Buffer.alloc((samples + 1) * 2).fill(Buffer.from([0x12, 0])), strings]);
    expect(() => decodePprof(raw)).toThrow(`more than ${samples} samples`);
  });

  test('with too many locations in its stacks is refused', () => {
    const ids = Buffer.alloc(PPROF_BOUNDS.cells / 32, 1);
    const sample = field(2, Buffer.concat([field(1, ids), field(2, Buffer.from([1]))]));
    const location = field(4, Buffer.from([8, 1]));
    const raw = Buffer.concat([type, ...Array.from({ length: 33 }, () => sample), location, strings]);
    expect(() => decodePprof(raw)).toThrow(`more than ${PPROF_BOUNDS.cells} locations`);
  });

  test('with inlined functions without end is refused', () => {
    const function1 = field(5, Buffer.from([8, 1, 16, 0]));
    const line = field(4, Buffer.from([8, 1]));
    const location = field(
      4,
      Buffer.concat([Buffer.from([8, 1]), ...Array.from({ length: 1_000 }, () => line)]),
    );
    const sample = field(2, Buffer.concat([field(1, Buffer.alloc(1_000, 1)), field(2, Buffer.from([1]))]));
    expect(() => decodePprof(Buffer.concat([type, sample, location, function1, strings]))).toThrow(
      `more than ${MAX_STACK_DEPTH} frames`,
    );
  });
});

describe('parts of a profile', () => {
  test('halves hold each row once', () => {
    fc.assert(
      fc.property(anyProfile, (profile) => {
        const halves = halveProfile(profile);
        if (halves === undefined) expect(profile.rows.length).toBe(1);
        else expect(halves.flatMap(contents).sort()).toEqual(contents(profile));
      }),
    );
  });

  test('parts per label set hold each row once and one set each', () => {
    fc.assert(
      fc.property(anyProfile, (profile) => {
        const parts = explodeProfile(profile);
        expect(parts.flatMap(contents).sort()).toEqual(contents(profile));
        expect(parts.every(({ labelSets }) => labelSets.length === 1)).toBe(true);
      }),
    );
  });
});

describe('span labels', () => {
  test('leave a profile, and rows that differed in nothing else are one', () => {
    const span = (id: string, uri: string): Labels =>
      makeLabels([...Object.entries({ uri, span_id: id, trace_id: id })]);
    const profile = makeProfile([
      [['f'], span('1', '/a'), 2],
      [['g'], span('1', '/a'), 1],
      [['f'], makeLabels([['uri', '/a']]), 4],
    ]);
    // The builder of this test gives each row a stack of its own.
    const shared = { ...profile, rows: { ...profile.rows, stacks: [0, 1, 0] } };
    const plain = withoutSpans(shared);
    expect(contents(plain)).toEqual(['[["f@@0"],[["uri","/a"]],6]', '[["g@@0"],[["uri","/a"]],1]']);
    expect(explodeProfile(plain)).toHaveLength(1);
    expect(explodeProfile(shared)).toHaveLength(3);
  });

  test('that are not there cost nothing: the profile itself comes back', () => {
    const profile = makeProfile([[['f'], makeLabels([['uri', '/a']]), 2]]);
    expect(withoutSpans(profile)).toBe(profile);
  });

  test('taken away take no sample with them', () => {
    fc.assert(
      fc.property(anyProfile, fc.array(fc.nat(3), { minLength: 30, maxLength: 30 }), (profile, spans) => {
        const labelSets = profile.labelSets.map((labels, i) =>
          makeLabels([...labels, ['span_id', String(spans[i])], ['trace_id', 'x']]),
        );
        const plain = withoutSpans({ ...profile, labelSets });
        expect(contents(plain)).toEqual(contents(profile));
      }),
    );
  });
});

describe('folded stacks', () => {
  test('run from the root to the leaf, and equal stacks are one line', () => {
    const profile = makeProfile([
      [['leaf', 'root'], makeLabels([['a', '1']]), 2],
      [['a;b\nc', 'root'], [], 1],
    ]);
    expect(encodeFolded(profile).toString()).toBe('root;leaf 2\nroot;a:b c 1\n');
  });

  test('name a stack without frames, so that every line has a stack', () => {
    expect(encodeFolded(makeProfile([[[], [], 2]])).toString()).toBe('[unnamed] 2\n');
  });

  test('stay under the 64 KiB at which Pyroscope stops reading: the leaf side is kept', () => {
    const frames = Array.from({ length: 3_000 }, (_, i) => `function_number_${i}_with_a_name`);
    const line = encodeFolded(makeProfile([[frames, [], 1]])).toString();
    expect(line.length).toBeLessThan(65_536);
    expect(line.length).toBeGreaterThan(MAX_LINE_BYTES - 100);
    expect(line).toMatch(/^\[truncated\];.*;function_number_0_with_a_name 1\n$/);
  });
});
