import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeSpeedscope, MAX_SPEEDSCOPE_PARTS } from '../../src/formats/speedscope-decode.ts';
import { encodeSpeedscope } from '../../src/formats/speedscope.ts';
import { countSamples } from '../../src/formats/pprof-split.ts';
import { MAX_STACK_DEPTH } from '../../src/model/stack-tables.ts';
import { anyRows, profileOf, stacksOf } from '../fixtures/profiles.ts';

const frames = [
  { name: 'a' },
  { name: 'b', file: '/b.php', line: 7, col: 3 },
  { name: 'a' },
  { name: 'c\n' },
];

function decode(profiles: readonly object[], rest: object = {}): ReturnType<typeof decodeSpeedscope> {
  return decodeSpeedscope(Buffer.from(JSON.stringify({ shared: { frames }, profiles, ...rest })));
}

const sampled = (samples: readonly unknown[], weights: readonly unknown[], unit = 'none'): object => ({
  ...{ type: 'sampled', name: 'x', unit, startValue: 0, endValue: 1 },
  ...{ samples, weights },
});
const evented = (events: readonly (readonly [string, number, number])[], unit = 'none'): object => ({
  ...{ type: 'evented', name: 'x', unit, startValue: 0, endValue: 1 },
  events: events.map(([type, frame, at]) => ({ type, frame, at })),
});

describe('a speedscope file', () => {
  test('of ours comes back as it went', () => {
    fc.assert(
      fc.property(
        anyRows,
        fc.integer({ min: 1, max: 1e9 }),
        fc.constantFrom('wall', 'cpu'),
        (rows, period, type) => {
          const profile = { ...profileOf(rows, period), type };
          const back = decodeSpeedscope(encodeSpeedscope(profile, 'x'));
          expect(stacksOf(back)).toEqual(stacksOf(profile));
          expect(back).toMatchObject({ type, periodNanos: period });
        },
      ),
    );
  });

  test('with samples has its stacks from the root, equal frames and stacks as one', () => {
    const profile = decode([sampled([[0, 1], [2, 1], [3], []], [2, 3, 1, 9])]);
    expect(stacksOf(profile)).toEqual(['a@@0;b@/b.php@7 5', 'c\ufffd@@0 1']);
  });

  test('with events gives each span to the stack that is open in it', () => {
    const events = [
      ['O', 0, 10],
      ['O', 1, 12],
      ['C', 1, 15],
      ['O', 1, 15],
      ['C', 1, 16],
      ['C', 0, 20],
    ] as const;
    const idle = [
      ['O', 3, 50],
      ['C', 3, 51],
    ] as const;
    expect(stacksOf(decode([evented([...events, ...idle])]))).toEqual([
      'a@@0 6',
      'a@@0;b@/b.php@7 4',
      'c\ufffd@@0 1',
    ]);
  });

  test('with several profiles is their sum', () => {
    const one = sampled([[0]], [1.5], 'seconds');
    const other = evented(
      [
        ['O', 2, 0],
        ['C', 2, 500],
      ],
      'milliseconds',
    );
    const profile = decode([one, other]);
    expect([stacksOf(profile), profile.periodNanos]).toEqual([['a@@0 4'], 500_000_000]);
  });

  test.each([
    ['seconds', [0.01, 0.02, 0.01], 10_000_000, 4],
    ['milliseconds', [10.1, 20.2, 10.1], 10_100_000, 4],
    ['microseconds', [10, 5, 15], 5_000, 6],
    ['nanoseconds', [3, 6, 6], 3, 5],
    // No multiples of anything: every nanosecond counts.
    ['microseconds', [10, 7, 0.5], 500, 35],
    ['milliseconds', [0.001, 0.0015, 1], 1, 1_002_500],
    ['seconds', [2, 4, 6], 1, 12_000_000_000],
    ['none', [1, 2.4, 0.1], 10_000_000, 4],
    ['bytes', [100, 50, 50], 10_000_000, 200],
  ] as const)(
    'in %s with weights %j has the period %d ns and %d samples',
    (unit, weights, periodNanos, samples) => {
      const profile = decode([sampled([[0], [1], [3]], weights, unit)]);
      expect([profile.periodNanos, countSamples(profile.rows)]).toEqual([periodNanos, samples]);
    },
  );

  test.each([
    ['frames', [sampled([[4]], [1])], 'a frame is missing'],
    ['a frame number', [sampled([['0']], [1])], 'a frame is missing'],
    ['a property of lists as a frame', [sampled([['length']], [1])], 'a frame is missing'],
    ['a whole frame number', [sampled([[0.5]], [1])], 'a frame is missing'],
    ['weights', [sampled([[0], [1]], [1])], 'not as many weights'],
    ['a list of weights', [sampled([[0]], null as never)], 'no list'],
    ['positive weights', [sampled([[0]], [-1])], 'negative'],
    ['numbers as weights', [sampled([[0]], ['1'])], 'no number'],
    ['a known unit', [sampled([[0]], [1], 'parsecs')], 'unknown unit'],
    ['one unit', [sampled([[0]], [1], 'seconds'), sampled([[0]], [1], 'bytes')], 'different units'],
    ['a kind', [{ unit: 'none' }], 'neither sampled nor evented'],
    [
      'order',
      [
        evented([
          ['O', 0, 5],
          ['C', 0, 4],
        ]),
      ],
      'not in the order of time',
    ],
    [
      'nesting',
      [
        evented([
          ['O', 0, 0],
          ['O', 1, 1],
          ['C', 0, 2],
        ]),
      ],
      'not the innermost',
    ],
    ['an open', [evented([['C', 0, 0]])], 'not the innermost'],
    ['kinds of events', [evented([['X', 0, 0]])], 'neither opens nor closes'],
    ['a sane sum', [sampled([[0], [0]], [9e15, 9e15])], 'more than 2^53'],
    ['profiles that are objects', [null as never], 'no object'],
  ])('without %s is refused with a sentence', (_, profiles, part) => {
    expect(() => decode(profiles)).toThrow(
      expect.objectContaining({
        code: 'bad_input',
        message: expect.stringContaining(part) as string,
      }) as Error,
    );
  });

  test('of any JSON at all gives a profile or a sentence', () => {
    const read = (value: unknown): void => {
      try {
        decodeSpeedscope(Buffer.from(JSON.stringify(value)));
      } catch (error) {
        expect(error).toMatchObject({ code: 'bad_input' });
      }
    };
    fc.assert(fc.property(fc.jsonValue(), read));
    const wild = fc.record({
      shared: fc.record({
        frames: fc.array(fc.oneof(fc.constant({ name: 'a' }), fc.jsonValue()), { maxLength: 3 }),
      }),
      profiles: fc.array(
        fc.record({
          type: fc.constantFrom('sampled', 'evented'),
          unit: fc.constantFrom('none', 'seconds', '__proto__'),
          samples: fc.array(fc.oneof(fc.array(fc.nat(2)), fc.jsonValue())),
          weights: fc.array(fc.oneof(fc.double(), fc.jsonValue())),
          events: fc.array(fc.record({ type: fc.constantFrom('O', 'C'), frame: fc.nat(2), at: fc.double() })),
        }),
        { maxLength: 3 },
      ),
      spybridge: fc.jsonValue(),
    });
    fc.assert(fc.property(wild, read), { numRuns: 500 });
  });

  test('that is cut anywhere is refused', () => {
    const whole = encodeSpeedscope(profileOf([[['a', 'b'], 3]]), 'x');
    for (let end = 0; end < whole.length; end++)
      expect(() => decodeSpeedscope(whole.subarray(0, end))).toThrow('it is no JSON');
  });

  test('is refused over each bound, before it takes the memory', () => {
    expect(() => decodeSpeedscope(Buffer.from('{}   '), 4)).toThrow('more than 4 bytes');
    expect(() => decodeSpeedscope(Buffer.alloc(MAX_SPEEDSCOPE_PARTS + 1, '['))).toThrow('objects and lists');
    const deep = Array.from({ length: MAX_STACK_DEPTH + 1 }, () => 0);
    expect(() => decode([sampled([deep], [1])])).toThrow(`more than ${MAX_STACK_DEPTH} frames`);
    expect(stacksOf(decode([sampled([deep.slice(1)], [1])]))).toHaveLength(1);
    expect(() => decode([], { shared: { frames: Array.from({ length: 1_048_577 }, () => 0) } })).toThrow(
      'more than 1048576 frames',
    );
  });
});
