import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exportFlameGraph, exportFolded, exportSpeedscope } from '../../../src/formats/pprof/export.ts';
import type { TreeSource } from '../../../src/formats/pprof/name-tree.ts';
import { MAX_PROFILE_FRAMES, toProfile } from '../../../src/formats/pprof/to-profile.ts';
import { decodeSpeedscope } from '../../../src/formats/speedscope-decode.ts';
import { anyRows, stacksOf } from '../../fixtures/profiles.ts';
import type { PprofSample } from '../../fixtures/pprof-samples.ts';
import { CPU_TYPES, sketchPprof } from '../../fixtures/pprof-samples.ts';

const BYTES = { type: 'alloc_space', unit: 'bytes' };
const stacks = (...rows: readonly (readonly [stack: string, value: number])[]): PprofSample[] =>
  rows.map(([stack, value]) => ({ stack, values: [value] }));

function timeOf(samples: readonly PprofSample[]): TreeSource {
  return { pprof: sketchPprof({ samples }), column: 0 };
}

function bytesOf(samples: readonly PprofSample[]): TreeSource {
  return { pprof: sketchPprof({ samples, sampleTypes: [BYTES] }), column: 0 };
}

describe('a sample type of a pprof', () => {
  test('that is a time is counted in periods where all its values are multiples of the period', () => {
    const even = toProfile(
      timeOf(stacks(['a;b', 30_000_000], ['a', 10_000_000], ['c', 0], ['d', -10_000_000])),
    );
    expect(even).toMatchObject({ type: 'cpu', periodNanos: 10_000_000 });
    expect(stacksOf(even)).toEqual(['a@/srv/a.php@1 1', 'a@/srv/a.php@1;b@/srv/b.php@2 3']);
    const odd = toProfile(timeOf(stacks(['a', 30_000_000], ['b', 5])));
    expect(odd.periodNanos).toBe(1);
    expect(stacksOf(odd)).toEqual(['a@/srv/a.php@1 30000000', 'b@/srv/b.php@2 5']);
  });

  test('that is a time in other units than nanoseconds is a time, too', () => {
    const micros = [{ type: 'wall', unit: 'microseconds' }];
    const pprof = sketchPprof({ samples: stacks(['a', 7]), sampleTypes: micros });
    expect(toProfile({ pprof, column: 0 })).toMatchObject({ type: 'wall', periodNanos: 1_000 });
  });

  test('keeps the text labels of its samples, and adds up samples that are equal then', () => {
    const labels = { uri: '/a' };
    const samples = [
      { stack: 'a', values: [10_000_000], labels },
      { stack: 'a', values: [20_000_000], labels },
      { stack: 'a', values: [10_000_000] },
    ];
    const { labelSets, rows } = toProfile(timeOf(samples));
    expect(labelSets).toEqual([[['uri', '/a']], []]);
    expect([rows.stacks, rows.labelSets, rows.counts]).toEqual([
      [0, 0],
      [0, 1],
      [3, 1],
    ]);
  });

  test('holds large values exactly as long as doubles do', () => {
    const { pprof } = timeOf(stacks(['a', 1]));
    const values = BigInt64Array.of(2n ** 60n);
    const large = { ...pprof, samples: { ...pprof.samples, values } };
    expect(stacksOf(toProfile({ pprof: large, column: 0 }))).toEqual([`a@/srv/a.php@1 ${2 ** 60}`]);
  });

  test('with few bytes that stand for frames without end is refused', () => {
    const { pprof } = timeOf(stacks(['a', 1]));
    const lines = Array.from({ length: 16_384 }, () => pprof.locations[0]!.lines[0]!);
    const count = MAX_PROFILE_FRAMES / 16_384 + 1;
    const samples = {
      ...{ count, starts: Uint32Array.from({ length: count + 1 }, (_, i) => i), labels: new Map() },
      ...{ locations: new Uint32Array(count), values: new Float64Array(count).fill(1) },
    };
    const bomb = { ...pprof, locations: [{ ...pprof.locations[0]!, lines }], samples };
    expect(() => toProfile({ pprof: bomb, column: 0 })).toThrow(`more than ${MAX_PROFILE_FRAMES} frames`);
  });
});

describe('an export', () => {
  test('as folded stacks has samples where there are any, else the values', () => {
    expect(exportFolded(timeOf(stacks(['a;b', 30_000_000]))).toString()).toBe('a;b 3\n');
    expect(exportFolded(timeOf(stacks(['a;b', 30_000_001]))).toString()).toBe('a;b 30000001\n');
    expect(exportFolded(bytesOf(stacks(['a;b', 4096]))).toString()).toBe('a;b 4096\n');
  });

  test('as speedscope has every stack with its value, in its unit', () => {
    fc.assert(
      fc.property(anyRows, fc.boolean(), (rows, isTime) => {
        const samples = rows.map(([frames, count]) => ({
          stack: frames.map((frame) => frame.split('@')[0]!).join(';'),
          values: [count],
        }));
        const source = isTime ? timeOf(samples) : bytesOf(samples);
        const file = exportSpeedscope(source, 'x');
        expect((JSON.parse(file.toString()) as { profiles: { unit: string }[] }).profiles[0]!.unit).toBe(
          isTime ? 'nanoseconds' : 'bytes',
        );
        expect(stacksOf(decodeSpeedscope(file))).toEqual(stacksOf(toProfile(source)));
      }),
    );
    const objects = sketchPprof({ samples: stacks(['a', 4]), sampleTypes: [{ type: 'x', unit: 'count' }] });
    expect(exportSpeedscope({ pprof: objects, column: 0 }, 'x').toString()).toContain('"unit":"none"');
  });

  test('as a flame graph says what it counts', () => {
    const whole = (source: TreeSource): string | undefined =>
      exportFlameGraph(source, 'shop')
        .toString()
        .split('\n')
        .find((line) => line.includes('class="note"'));
    expect(whole(timeOf(stacks(['a', 30_000_000])))).toContain('CPU time, 3 samples, 0.03 s');
    expect(whole(timeOf(stacks(['a', 30_000_001])))).toContain('>cpu, 0.03 s<');
    expect(whole(bytesOf(stacks(['a', 4096])))).toContain('alloc_space, 4,096 bytes');
    const evil = sketchPprof({ samples: stacks(['a', 1]), sampleTypes: [{ type: '<b>', unit: '&' }] });
    expect(whole({ pprof: evil, column: 0 })).toContain('&lt;b&gt;, 1 &amp;');
    const two = sketchPprof({
      samples: [{ stack: 'a', values: [1, 9] }],
      sampleTypes: [...CPU_TYPES, BYTES],
    });
    expect(whole({ pprof: two, column: 1 })).toContain('alloc_space, 9 bytes');
  });
});
