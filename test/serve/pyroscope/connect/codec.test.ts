import fc from 'fast-check';
import { Profile as ForeignProfile } from 'pprof-format';
import { describe, expect, test } from 'vitest';
import { decodeJson, encodeJson } from '../../../../src/serve/pyroscope/connect/json.ts';
import type { Message } from '../../../../src/serve/pyroscope/connect/message.ts';
import {
  bool,
  bytes,
  double,
  int64,
  int64s,
  many,
  MessageError,
  MessageTooLarge,
  one,
  oneOf,
  text,
  texts,
} from '../../../../src/serve/pyroscope/connect/message.ts';
import { decodeProto } from '../../../../src/serve/pyroscope/connect/proto-decode.ts';
import { encodeProto } from '../../../../src/serve/pyroscope/connect/proto-encode.ts';
import { Profile } from '../../../../src/serve/pyroscope/querier/messages.ts';
import { makePprof } from '../../../fixtures/pprof-samples.ts';
import { gunzipSync } from 'node:zlib';

const Inner = { name: text(1), count: int64(2) };
const Table = {
  profileTypeID: text(1),
  names: texts(2),
  raw: bytes(3),
  start: int64(4),
  values: int64s(5),
  step: double(6),
  isGood: bool(7),
  format: oneOf(8, ['NONE', 'SOME']),
  inner: one(9, Inner),
  inners: many(16, Inner),
};

const anyText = fc.string({ unit: 'grapheme' }).map((value) => value.toWellFormed());
const anyInteger = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const anyInner = fc.record({ name: anyText, count: anyInteger });
const anyMessage: fc.Arbitrary<Message<typeof Table>> = fc.record({
  profileTypeID: anyText,
  names: fc.array(anyText),
  raw: fc.uint8Array().map((value) => Buffer.from(value)),
  start: anyInteger,
  values: fc.array(anyInteger),
  step: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  isGood: fc.boolean(),
  format: fc.integer({ min: 0, max: 1 }),
  inner: fc.option(anyInner, { nil: undefined }),
  inners: fc.array(anyInner),
});

const readJson = (value: unknown): Message<typeof Table> =>
  decodeJson(Table, Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));

describe('messages', () => {
  test('come back from protocol buffers as they went', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        expect(decodeProto(Table, encodeProto(Table, message))).toEqual(message);
      }),
    );
  });

  test('come back from JSON as they went', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        expect(readJson(encodeJson(Table, message))).toEqual(message);
      }),
    );
  });

  test('decode whatever the bytes, or say why not', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (body) => {
        for (const decode of [decodeProto, decodeJson]) {
          try {
            decode(Table, body);
          } catch (error) {
            expect(error).toBeInstanceOf(MessageError);
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('decode when they are cut anywhere, or say why not', () => {
    const message = { names: ['a', 'b'], inner: { name: 'c', count: -1 }, step: 1.5, values: [1, 300] };
    const whole = encodeProto(Table, message);
    for (let end = 0; end < whole.length; end++) {
      try {
        decodeProto(Table, whole.subarray(0, end));
      } catch (error) {
        expect(error).toBeInstanceOf(MessageError);
      }
    }
  });
});

describe('protocol buffers', () => {
  test('are what another decoder reads', () => {
    const message = {
      sampleType: [{ type: 1, unit: 2 }],
      sample: [{ locationId: [1], value: [-5] }],
      location: [{ id: 1, line: [{ functionId: 1, line: 7 }] }],
      function: [{ id: 1, name: 3 }],
      stringTable: ['', 'cpu', 'nanoseconds', 'main'],
    };
    const foreign = ForeignProfile.decode(encodeProto(Profile, message));
    expect(foreign.stringTable.strings).toEqual(message.stringTable);
    expect(foreign.sample[0]!.value.map((value) => BigInt.asIntN(64, BigInt(value)))).toEqual([-5n]);
    expect(Number(foreign.location[0]!.line[0]!.line)).toBe(7);
  });

  test('may name fields that nobody knows, and known ones with another wire type', () => {
    // Field 99 as varint, field 98 as fixed32, field 1 as varint, then field 4.
    const body = Buffer.from([0x98, 0x06, 0x01, 0x95, 0x06, 1, 2, 3, 4, 0x08, 0x05, 0x20, 0x2a]);
    expect(decodeProto(Table, body)).toMatchObject({ profileTypeID: '', start: 42n });
  });

  test('may hold lists of numbers packed or one by one', () => {
    expect(decodeProto(Table, Buffer.from([0x2a, 2, 1, 2, 0x28, 3])).values).toEqual([1n, 2n, 3n]);
  });

  test.each<[why: string, body: number[]]>([
    ['field 0', [0x00, 0x01]],
    ['a group', [0x9b, 0x06]],
    ['a length over the end', [0x0a, 0x7f]],
    ['invalid UTF-8', [0x0a, 0x01, 0xff]],
    ['a number of 11 bytes', [0x20, ...new Array<number>(10).fill(0xff), 1]],
  ])('are refused for %s', (_, body) => {
    expect(() => decodeProto(Table, Buffer.from(body))).toThrow(MessageError);
  });

  test('are refused for more parts than the bound', () => {
    const body = encodeProto(Table, { names: new Array<string>(11).fill('') });
    expect(() => decodeProto(Table, body, 10)).toThrow(MessageTooLarge);
    expect(decodeProto(Table, body, 11).names).toHaveLength(11);
    const packed = encodeProto(Table, { values: new Array<number>(11).fill(1) });
    expect(() => decodeProto(Table, packed, 10)).toThrow(MessageTooLarge);
  });
});

describe('JSON', () => {
  test('leaves out what is zero, and writes int64 as text', () => {
    const message = { profileTypeID: '', start: 5, values: [2n ** 60n], inner: {}, names: [] };
    expect(JSON.parse(encodeJson(Table, message))).toEqual({
      start: '5',
      values: ['1152921504606846976'],
      inner: {},
    });
  });

  test('may say numbers as text, enums by name, names as in the .proto file', () => {
    const message = {
      start: 5,
      values: ['6', 7],
      step: '1.5',
      format: 'SOME',
      is_good: true,
      profile_typeID: 'x',
    };
    expect(readJson(message)).toMatchObject({
      start: 5n,
      values: [6n, 7n],
      step: 1.5,
      format: 1,
      isGood: true,
      profileTypeID: 'x',
    });
  });

  test('may have names that nobody knows, and null', () => {
    expect(readJson({ nobody: [1], start: null, names: null, __proto__: 1 })).toMatchObject({
      start: 0n,
      names: [],
    });
  });

  test.each<[why: string, value: unknown]>([
    ['a list', []],
    ['a number', '5'],
    ['nothing', ''],
    ['a text for a list', { names: 'a' }],
    ['a number for a text', { names: [1] }],
    ['a half for an integer', { start: 1.5 }],
    ['a word for an integer', { start: 'soon' }],
    ['an integer over 64 bits', { start: '9223372036854775808' }],
    ['an integer that is not exact', '{"start": 9007199254740993}'],
    ['an unknown name of an enum', { format: 'OTHER' }],
    ['infinity', { step: 'Infinity' }],
    ['no base64', { raw: 'a*b' }],
    ['a text for a message', { inner: 'x' }],
    ['a number for true', { isGood: 1 }],
  ])('is refused for %s', (_, value) => {
    expect(() => readJson(value)).toThrow(MessageError);
  });

  test('is refused for invalid UTF-8', () => {
    expect(() => decodeJson(Table, Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toThrow(
      MessageError,
    );
  });

  test('is refused for more parts than the bound, before it is parsed', () => {
    expect(() => decodeJson(Table, Buffer.from('['.repeat(11)), 10)).toThrow(MessageTooLarge);
  });

  test('has pprof in it decoded from its protocol buffer', () => {
    const raw = gunzipSync(makePprof({ samples: [{ stack: 'main;work', values: [3] }] }));
    const json = JSON.parse(encodeJson(Profile, raw)) as Record<string, unknown>;
    expect(json['sample']).toEqual([{ locationId: ['2', '1'], value: ['3'] }]);
    expect(json['stringTable']).toContain('work');
    expect(() => encodeJson(Profile, raw, 3)).toThrow(MessageTooLarge);
  });
});
