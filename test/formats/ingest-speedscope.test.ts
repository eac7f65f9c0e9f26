import { describe, expect, test } from 'vitest';
import { decodeSpeedscopeTable } from '../../src/formats/ingest-speedscope.ts';
import type { CountMeaning } from '../../src/formats/pprof/build.ts';
import { MAX_UPLOADED_PARTS } from '../../src/formats/speedscope-decode.ts';
import { PprofError } from '../../src/formats/pprof/wire.ts';
import type { SpeedscopeUnit } from '../../src/formats/speedscope.ts';
import { stacksOf } from '../fixtures/pprof-samples.ts';

const meaning: CountMeaning = {
  ...{ sampleType: { type: 'wall', unit: 'nanoseconds' }, periodType: { type: 'cpu', unit: 'nanoseconds' } },
  ...{ period: 10_000_000, timeNanos: 7n },
};

function upload(unit: string, weights: readonly number[], ...more: readonly object[]): Buffer {
  const frames = [{ name: 'a', file: '/a.php', line: 3 }, { name: 'b' }];
  const profile = { type: 'sampled', name: 'x', unit, startValue: 0, endValue: 1, weights };
  const samples = weights.map((_, i) => (i % 2 === 0 ? [0] : [0, 1]));
  return Buffer.from(JSON.stringify({ shared: { frames }, profiles: [{ ...profile, samples }, ...more] }));
}

describe('a speedscope file that is uploaded', () => {
  test('whose weights are times has nanoseconds, whatever the period', () => {
    const units: SpeedscopeUnit[] = [];
    const pprof = decodeSpeedscopeTable(upload('milliseconds', [1.5, 2]), (unit) => {
      units.push(unit);
      return meaning;
    });
    expect(units).toEqual(['nanoseconds']);
    expect(stacksOf(pprof)).toEqual(['a;b=2000000', 'a=1500000']);
    expect(pprof.header).toMatchObject({ period: 10_000_000n, timeNanos: 7n });
    expect(pprof.functions[0]).toMatchObject({ name: 'a', filename: '/a.php' });
    expect(pprof.locations[0]!.lines[0]!.line).toBe(3);
  });

  test('whose weights are counts has them scaled as a text has', () => {
    const pprof = decodeSpeedscopeTable(upload('none', [1, 2]), () => meaning);
    expect(stacksOf(pprof)).toEqual(['a;b=20000000', 'a=10000000']);
  });

  test('tells what its weights are, so that they get the type that they have', () => {
    const bytes = { ...meaning, sampleType: { type: 'samples', unit: 'bytes' }, periodType: undefined };
    const pprof = decodeSpeedscopeTable(upload('bytes', [5]), (unit) => ({
      ...(unit === 'bytes' ? bytes : meaning),
      period: 1,
    }));
    expect(pprof.header).toMatchObject({ sampleTypes: [bytes.sampleType], period: 0n });
    expect(stacksOf(pprof)).toEqual(['a=5']);
  });

  test('that is none is refused with the reason', () => {
    expect(() => decodeSpeedscopeTable(Buffer.from('{'), () => meaning)).toThrow('it is no JSON');
    expect(() => decodeSpeedscopeTable(Buffer.from('{'), () => meaning)).toThrow(PprofError);
    // A file of one's own may have more parts than what somebody sends.
    const wide = Buffer.from(`{"shared":{"frames":[]},"profiles":[${'[],'.repeat(MAX_UPLOADED_PARTS)}{}]}`);
    expect(() => decodeSpeedscopeTable(wide, () => meaning)).toThrow(
      `${MAX_UPLOADED_PARTS} objects and lists`,
    );
    expect(() => decodeSpeedscopeTable(upload('apples', [1]), () => meaning)).toThrow('unknown unit');
  });
});
