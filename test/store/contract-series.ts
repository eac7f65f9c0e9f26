// Label sets and time lines: what series there are, and their sums one profile at a time.
import { describe, expect, test } from 'vitest';
import type { OpenShelf } from './shelf.ts';
import { SECOND, START } from './shelf.ts';
import { makePprof } from '../fixtures/pprof-samples.ts';

const SAMPLES = [
  { stack: 'a', values: [1], labels: { uri: '/a', span_id: '7' } },
  { stack: 'b', values: [2], labels: { uri: '/b' } },
  { stack: 'c', values: [4], labels: { uri: '/b' } },
  { stack: 'd', values: [8] },
];

const HEAP = makePprof({
  samples: [
    { stack: 'a', values: [1, 100] },
    { stack: 'b', values: [2, 200] },
  ],
  sampleTypes: [
    { type: 'inuse_objects', unit: 'count' },
    { type: 'inuse_space', unit: 'bytes' },
  ],
  periodType: { type: 'space', unit: 'bytes' },
  timeNanos: START,
});

const CPU = 'process_cpu:cpu:nanoseconds:cpu:nanoseconds';

export function describeSeries(open: OpenShelf): void {
  describe('asked for series', () => {
    test('tells the labels of the profile, of its samples, and the names of both', async () => {
      const shelf = open();
      await shelf.write({ samples: SAMPLES, splitsSeries: true, labels: { env: 'prod' } });
      const names = [
        ['__name__', 'process_cpu'],
        ['__profile_type__', CPU],
        ['env', 'prod'],
        ['service_name', 'svc1'],
      ];
      const series = await shelf.store.series(shelf.selector());
      expect(series).toHaveLength(3);
      expect(series).toEqual(
        expect.arrayContaining([names, [...names, ['uri', '/a']], [...names, ['uri', '/b']]]),
      );
      expect(await shelf.store.series(shelf.selector({}, 'uri=/b'))).toEqual([[...names, ['uri', '/b']]]);
    });

    test('cuts them down to the names that are asked for, each once', async () => {
      const shelf = open();
      await shelf.write({ samples: SAMPLES, splitsSeries: true, labels: { env: 'prod' } });
      await shelf.write({ labels: { env: 'test' }, timeNanos: START + SECOND });
      const series = (names: string[]) => shelf.store.series(shelf.selector(), names);
      expect(await series(['env'])).toEqual([[['env', 'prod']], [['env', 'test']]]);
      expect(await series(['uri'])).toEqual(expect.arrayContaining([[], [['uri', '/a']], [['uri', '/b']]]));
      expect(await series(['uri'])).toHaveLength(3);
      expect(await series(['none'])).toEqual([[]]);
    });

    test('has one for each sample type, and matches them one by one', async () => {
      const shelf = open();
      await shelf.write({ body: HEAP, type: 'heap' });
      const type = (name: string, unit: string) => `memory:${name}:${unit}:space:bytes`;
      const names = ['__profile_type__'];
      const objects = [['__profile_type__', type('inuse_objects', 'count')]];
      const space = [['__profile_type__', type('inuse_space', 'bytes')]];
      expect(await shelf.store.series(shelf.selector(), names)).toEqual(
        expect.arrayContaining([objects, space]),
      );
      const matcher = `__profile_type__=${type('inuse_space', 'bytes')}`;
      expect(await shelf.store.series(shelf.selector({}, matcher), names)).toEqual([space]);
    });

    test('has none outside of the window, of another service or type', async () => {
      const shelf = open();
      await shelf.write();
      for (const part of [
        { fromNanos: START + 1n },
        { untilNanos: START - 1n },
        { service: 'x' },
        { type: 'x' },
      ])
        expect(await shelf.store.series(shelf.selector(part))).toEqual([]);
    });
  });

  describe('asked for points', () => {
    test('gives the sum of one sample type per profile and label set', async () => {
      const shelf = open();
      await shelf.write({ samples: SAMPLES, splitsSeries: true });
      await shelf.write({ samples: SAMPLES, splitsSeries: true, timeNanos: START + SECOND });
      const at = (seconds: bigint, value: number, uri?: string) => ({
        timeNanos: START + seconds * SECOND,
        labels: uri === undefined ? [] : [['uri', uri]],
        value,
      });
      const all = [at(0n, 1, '/a'), at(0n, 6, '/b'), at(0n, 8), at(1n, 1, '/a'), at(1n, 6, '/b'), at(1n, 8)];
      const grouped = await shelf.points(shelf.selector(), 'cpu', ['uri']);
      expect(grouped).toHaveLength(all.length);
      expect(grouped).toEqual(expect.arrayContaining(all));
      expect(await shelf.points(shelf.selector({}, 'uri=/b'), 'cpu', ['uri'])).toEqual([
        at(0n, 6, '/b'),
        at(1n, 6, '/b'),
      ]);
      expect(await shelf.points(shelf.selector(), 'cpu', [])).toEqual([at(0n, 15), at(1n, 15)]);
    });

    test('takes the column of the sample type', async () => {
      const shelf = open();
      await shelf.write({ body: HEAP, type: 'heap' });
      const point = (value: number) => [{ timeNanos: START, labels: [['service_name', 'svc1']], value }];
      const points = (type: string) => shelf.points(shelf.selector(), type, ['service_name']);
      expect(await points('inuse_objects')).toEqual(point(3));
      expect(await points('inuse_space')).toEqual(point(300));
      expect(await points('cpu')).toEqual([]);
    });

    test('can be left in the middle', async () => {
      const shelf = open();
      for (let i = 0; i < 5; i++) await shelf.write({ timeNanos: START + BigInt(i) * SECOND });
      let seen = 0;
      for await (const some of shelf.store.points(shelf.selector(), 'cpu', [])) {
        seen += some.length;
        break;
      }
      expect(seen).toBeGreaterThan(0);
      expect(await shelf.ids()).toHaveLength(5);
    });
  });
}
