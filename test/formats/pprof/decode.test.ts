import fc from 'fast-check';
import { Profile as Independent } from 'pprof-format';
import { describe, expect, test } from 'vitest';
import { decodePprofTable, PPROF_BOUNDS } from '../../../src/formats/pprof/decode.ts';
import { encodePprofTable } from '../../../src/formats/pprof/encode.ts';
import { PprofError, PprofTooLarge } from '../../../src/formats/pprof/wire.ts';
import { ProtoWriter } from '../../../src/formats/proto-writer.ts';
import { anyPprof } from './any-pprof.ts';

type Fields = readonly (readonly [field: number, value: number | bigint | string | Uint8Array])[];

/** A message as its fields are given: numbers as varints, texts and bytes length-delimited. */
function message(...fields: Fields): Buffer {
  const out = new ProtoWriter();
  for (const [field, value] of fields) {
    if (typeof value === 'string') out.text(field, value);
    else if (value instanceof Uint8Array) out.bytes(field, value);
    else {
      out.varint(field << 3);
      out.bigVarint(BigInt.asUintN(64, BigInt(value)));
    }
  }
  return out.copy();
}

const type = [1, message([1, 1], [2, 2])] as const;
const strings: Fields = ['', 'cpu', 'nanoseconds', 'f', 'g'].map((text) => [6, text] as const);
const fn = [5, message([1, 7], [2, 3], [3, 3])] as const;
const location = [4, message([1, 9], [4, message([1, 7], [2, 12])])] as const;
const sample = [2, message([1, 9], [2, 5])] as const;

function decode(...fields: Fields): ReturnType<typeof decodePprofTable> {
  return decodePprofTable(message(...fields));
}

describe('a pprof', () => {
  test('is read whatever the order of its parts, packed or not', () => {
    const packed = [2, message([1, Buffer.from([9, 9])], [2, Buffer.from([5])])] as const;
    const table = decode(sample, location, packed, fn, ...strings, type);
    expect(table.functions.map(({ name }) => name)).toEqual(['f']);
    expect(table.locations).toEqual([
      { mapping: -1, address: 0n, lines: [{ fn: 0, line: 12, column: 0 }], isFolded: false },
    ]);
    expect([...table.samples.starts]).toEqual([0, 1, 3]);
    expect([...table.samples.values]).toEqual([5, 5]);
    expect(table.header.sampleTypes).toEqual([{ type: 'cpu', unit: 'nanoseconds' }]);
  });

  test('comes back as it went, and equal tables have equal bytes', () => {
    fc.assert(
      fc.property(anyPprof(), (table) => {
        const raw = encodePprofTable(table);
        expect(decodePprofTable(raw)).toEqual(table);
        expect(encodePprofTable(decodePprofTable(raw)).equals(raw)).toBe(true);
      }),
    );
  });

  test('is read alike by a reader that nobody here wrote', () => {
    fc.assert(
      fc.property(anyPprof(), (table) => {
        const read = Independent.decode(encodePprofTable(table));
        const text = (id: number | bigint): string => read.stringTable.strings[Number(id)]!;
        expect(read.function.map(({ name, filename }) => [text(name), text(filename)])).toEqual(
          table.functions.map(({ name, filename }) => [name, filename]),
        );
        expect(read.location.map(({ line }) => line.map(({ functionId }) => Number(functionId) - 1))).toEqual(
          table.locations.map(({ lines }) => lines.map((line) => line.fn)),
        );
        expect(
          read.sample.flatMap(({ value }) => value.map((cell) => BigInt.asIntN(64, BigInt(cell)))),
        ).toEqual(Array.from(table.samples.values as ArrayLike<number | bigint>, BigInt));
        expect(read.sample.flatMap(({ locationId }) => locationId.map((id) => Number(id) - 1))).toEqual([
          ...table.samples.locations,
        ]);
      }),
    );
  });

  test('that writes its numbers wider than they need is read', () => {
    const wide = Buffer.from([0x10, 0x85, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0]);
    const table = decode(type, [2, Buffer.concat([message([1, 9]), wide])], location, fn, ...strings);
    expect([...table.samples.values]).toEqual([5]);
  });

  test('holds values over 2^53 and below 0 exactly', () => {
    const values = [2n ** 63n - 1n, -(2n ** 63n), -1n, 2n ** 53n - 1n];
    const samples = values.map((value) => [2, message([2, value])] as const);
    expect([...decode(type, ...samples, ...strings).samples.values]).toEqual(values);
    const small = decode(type, samples[2]!, samples[3]!, ...strings);
    expect([...small.samples.values]).toEqual([-1, 2 ** 53 - 1]);
  });

  test('with fields that nobody knows is read without them', () => {
    const unknown = Buffer.concat([
      message([99, 'x'], [98, 1]),
      Buffer.from([0xb9, 6, 1, 2, 3, 4, 5, 6, 7, 8]),
      Buffer.from([0xbd, 6, 1, 2, 3, 4]),
    ]);
    const table = decodePprofTable(Buffer.concat([unknown, message(type, ...strings), unknown]));
    expect(table.samples.count).toBe(0);
  });

  test('shares the labels of samples that have equal ones', () => {
    const labelled = [2, message([2, 1], [3, message([1, 3], [2, 4])])] as const;
    const number = [2, message([2, 1], [3, message([1, 3], [3, -5], [4, 4])])] as const;
    const { labels } = decode(type, labelled, number, labelled, ...strings).samples;
    expect(labels.get(0)).toEqual([{ key: 'f', text: 'g' }]);
    expect(labels.get(1)).toEqual([{ key: 'f', number: -5n, unit: 'g' }]);
    expect(labels.get(2)).toBe(labels.get(0));
  });

  test('keeps a number label of 0', () => {
    const zero = [2, message([2, 1], [3, message([1, 3])])] as const;
    expect(decode(type, zero, ...strings).samples.labels.get(0)).toEqual([
      { key: 'f', number: 0n, unit: '' },
    ]);
  });

  test('whose period type is empty has none', () => {
    expect(decode(type, ...strings, [11, message()]).header.periodType).toBeUndefined();
    expect(decode(type, ...strings, [11, message([1, 1])]).header.periodType).toEqual({
      type: 'cpu',
      unit: '',
    });
  });
});

describe('a malformed pprof', () => {
  const huge = 2n ** 64n - 1n;
  const cases: Readonly<Record<string, readonly [Buffer, string]>> = {
    'of no bytes': [Buffer.alloc(0), 'empty input file'],
    'of text': [Buffer.from('not a pprof'), 'unrecognized profile format'],
    'without strings': [message(type), 'the first string must be the empty one'],
    'whose first string is not empty': [message([6, 'cpu']), 'the first string must be the empty one'],
    'that names a string that is not there': [message(type, [6, '']), 'there is no string 1'],
    'that names a string by a huge number': [message(...strings, [7, huge]), 'a number is over 2^53'],
    'with values of no type': [message(sample, location, fn, ...strings), 'missing sample type information'],
    'with more values than types': [
      message(type, [2, message([2, 1], [2, 1], [2, 1])], ...strings),
      'sample has 3 values vs. 1 types',
    ],
    'with fewer values than types': [
      message(type, [2, message()], ...strings),
      'sample has 0 values vs. 1 types',
    ],
    'with an unknown location': [message(type, sample, ...strings), 'sample has nil location'],
    'with the location 0': [
      message(type, [2, message([1, 0], [2, 1])], ...strings),
      'sample has nil location',
    ],
    'with a location of id 0': [
      message(type, [4, message()], ...strings),
      'found location with reserved ID=0',
    ],
    'with a function of id 0': [
      message(type, [5, message()], ...strings),
      'found function with reserved ID=0',
    ],
    'with a mapping of id 0': [message(type, [3, message()], ...strings), 'found mapping with reserved ID=0'],
    'with two locations of one id': [
      message(type, fn, location, location, ...strings),
      'multiple locations with same id: 9',
    ],
    'with two functions of one id': [message(type, fn, fn, ...strings), 'multiple functions with same id: 7'],
    'with two mappings of one huge id': [
      message(type, [3, message([1, huge])], [3, message([1, huge])], ...strings),
      `multiple mappings with same id: ${huge}`,
    ],
    'with a line of no function': [
      message(type, [4, message([1, 1], [4, message([2, 1])])], ...strings),
      'location id: 1 has a line with nil function',
    ],
    'with a line of an unknown function': [
      message(type, location, ...strings),
      'location id: 9 has a line with nil function',
    ],
    'with a line over 2^53': [
      message(type, fn, [4, message([1, 1], [4, message([1, 7], [2, 2n ** 60n])])], ...strings),
      'a number is over 2^53',
    ],
    'that is two, one behind the other': [
      message(type, ...strings, [9, 5], type, ...strings, [9, 6]),
      'concatenated profiles detected',
    ],
    'with a number where a message belongs': [message([2, 5]), 'field 2 is of wire type 0, not 2'],
    'with a message where a number belongs': [
      message(...strings, [9, 'x']),
      'field 9 is of wire type 2, not 0',
    ],
    'with a wrong type within a sample': [
      message(type, [2, message([3, 5])], ...strings),
      'field 3 is of wire type 0, not 2',
    ],
    'with a field 0': [Buffer.from([0, 0]), 'there is no field 0'],
    'with a group': [Buffer.from([0x9b, 6]), 'wire type 3'],
    'with a length over its end': [Buffer.from([0x12, 5, 1]), 'a field runs over the end of its message'],
    'with a huge length': [
      Buffer.concat([Buffer.from([0x12]), Buffer.alloc(9, 255), Buffer.from([1])]),
      'over 2^53',
    ],
    'with a number of eleven bytes': [
      Buffer.concat([Buffer.from([0xb0, 6]), Buffer.alloc(10, 0x80), Buffer.from([0])]),
      'a number is over 64 bits',
    ],
    'with a number of 65 bits': [
      Buffer.concat([Buffer.from([0xb0, 6]), Buffer.alloc(9, 0x80), Buffer.from([2])]),
      'a number is over 64 bits',
    ],
  };

  test.each(Object.entries(cases))('%s is refused with the reason', (_, [raw, reason]) => {
    expect(() => decodePprofTable(raw)).toThrow(reason);
    expect(() => decodePprofTable(raw)).toThrow(PprofError);
  });

  test('with a mapping that is not there has none', () => {
    const table = decode(type, [4, message([1, 1], [2, 5])], ...strings);
    expect(table.locations[0]!.mapping).toBe(-1);
  });

  test('never throws anything but a PprofError: cut at every byte, or with any bits flipped', () => {
    const read = (bytes: Buffer): void => {
      try {
        decodePprofTable(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(PprofError);
      }
    };
    fc.assert(
      fc.property(anyPprof(), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }), (table, flips) => {
        const raw = encodePprofTable(table);
        for (let cut = 0; cut < raw.length; cut++) read(raw.subarray(0, cut));
        for (const [at, bits] of flips) raw[at % raw.length]! ^= bits;
        read(raw);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        read(Buffer.from(bytes));
      }),
    );
  });

  test('is cut short nowhere without being noticed', () => {
    const raw = message(type, fn, location, sample, ...strings);
    const cuts = Array.from({ length: raw.length }, (_, end) => raw.subarray(0, end));
    const ends = cuts.filter((cut) => {
      try {
        decodePprofTable(cut);
        return true;
      } catch {
        return false;
      }
    });
    // Only without its last strings, which nothing names, it is a profile of its own.
    expect(ends.map((cut) => raw.length - cut.length)).toEqual([3]);
  });
});

describe('a pprof over a bound', () => {
  const bounds = { samples: 2, cells: 4_096, values: 3, labels: 2, symbols: 6, comments: 1, text: 1_000 };
  const read = (...fields: Fields): unknown => decodePprofTable(message(type, ...strings, ...fields), bounds);
  const times = (count: number, field: Fields[number]): Fields => Array.from({ length: count }, () => field);
  const plain = [2, message([2, 1])] as const;
  const labels = (count: number): Fields[number] => [
    2,
    message([2, 1], ...times(count, [3, message([1, 3])])),
  ];
  const lines = times(7, [4, message([1, 7])]);

  test.each<readonly [string, Fields]>([
    ['2 samples', times(3, plain)],
    ['3 values', [...times(3, type), plain]],
    ['2 labels', [labels(3)]],
    ['2 labels', [labels(1), labels(2)]],
    ['6 mappings', [3, 4, 5, 6, 7, 8, 9].map((id) => [3, message([1, id])] as const)],
    ['6 locations', [3, 4, 5, 6, 7, 8, 9].map((id) => [4, message([1, id])] as const)],
    ['6 functions', [3, 4, 5, 6, 7, 8, 9].map((id) => [5, message([1, id])] as const)],
    ['6 lines', [fn, [4, message([1, 1], ...lines)]]],
    ['6 strings', times(2, [6, 'x'])],
    ['1 comments', times(2, [13, 1])],
    ['4096 locations in its stacks', [fn, location, [2, message([1, Buffer.alloc(4_097, 9)], [2, 1])]]],
    ['1024 sample types', times(1_024, type)],
    [
      '1000 characters',
      [[6, 'x'.repeat(300)], ...[3, 4].map((id) => [5, message([1, id], [2, 5], [3, 5])] as const)],
    ],
  ])('of %s is too large', (bound, fields) => {
    expect(() => read(...fields)).toThrow(`more than ${bound}`);
    expect(() => read(...fields)).toThrow(PprofTooLarge);
  });

  test('of label texts in a sample is too large', () => {
    const labelled = (length: number): Fields => [
      [6, 'x'.repeat(length)],
      [2, message([2, 1], [3, message([1, 1], [2, 5])])],
    ];
    expect(decode(type, ...strings, ...labelled(65_533)).samples.labels.size).toBe(1);
    expect(() => decode(type, ...strings, ...labelled(65_534))).toThrow('more than 65536 characters');
  });

  test('costs no memory before that is known', () => {
    const types = times(1_000, type);
    const raw = message(...types, ...times(10_000, [2, message()]), ...strings);
    expect(() => decodePprofTable(raw)).toThrow('samples have fewer values than 1000 types');
    expect(() => decodePprofTable(raw, { ...PPROF_BOUNDS, values: 1e6 })).toThrow(PprofTooLarge);
  });
});
