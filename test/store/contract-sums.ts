// Merges: what is added up, what cannot be, and how the labels of samples come out of it.
import { describe, expect, test } from 'vitest';
import { labelsOf, SECOND, START } from './shelf.ts';
import type { OpenShelf, Shelf } from './shelf.ts';
import { makePprof, stacksOf } from '../fixtures/pprof-samples.ts';

const URIS = [
  { stack: 'main;a', values: [1], labels: { uri: '/a' } },
  { stack: 'main;a', values: [2], labels: { uri: '/b' } },
  { stack: 'main;b', values: [4], labels: { uri: '/b', method: 'GET' } },
  { stack: 'main;a', values: [8] },
];

const SPANS = [{ ...URIS[0]!, labels: { uri: '/a', span_id: '1' } }, ...URIS.slice(1)];

const WALL = makePprof({
  samples: [{ stack: 'main', values: [1] }],
  sampleTypes: [{ type: 'wall', unit: 'nanoseconds' }],
  timeNanos: START,
});

async function textLabels(shelf: Shelf, withSampleLabels: boolean, ...matchers: string[]) {
  const selector = shelf.selector({}, ...matchers);
  const merged = await shelf.store.merge({ selector }, { withSampleLabels });
  const { samples } = merged!.pprof;
  return Array.from({ length: samples.count }, (_, sample) => {
    const labels = samples.labels.get(sample) ?? [];
    return [samples.values[sample], labelsOf(Object.fromEntries(labels.map(textOf)))] as const;
  }).sort(([a], [b]) => Number(a) - Number(b));
}

function textOf(label: { key: string; text: string } | { key: string; number: bigint }) {
  return [label.key, 'text' in label ? label.text : String(label.number)] as const;
}

export function describeSums(open: OpenShelf): void {
  describe('asked for a sum', () => {
    test('adds equal stacks of all that matches', async () => {
      const shelf = open();
      await shelf.write({
        samples: [
          { stack: 'a;b', values: [1] },
          { stack: 'a', values: [2] },
        ],
      });
      await shelf.write({
        samples: [{ stack: 'a;b', values: [4] }],
        timeNanos: START + SECOND,
        labels: { h: '1' },
      });
      await shelf.write({ samples: [{ stack: 'a;b', values: [8] }], service: 'other' });
      expect(await shelf.sum({ service: 'svc1' })).toEqual(['a;b=5', 'a=2']);
      expect(await shelf.sum({ service: 'svc1' }, 'h=1')).toEqual(['a;b=4']);
      const merged = await shelf.store.merge(
        { selector: shelf.selector({ service: 'svc1' }) },
        { withSampleLabels: false },
      );
      expect(merged).toMatchObject({ profiles: 2, missingIds: [] });
      expect(merged!.pprof.header.timeNanos).toBe(START);
    });

    test('knows nothing where nothing matches', async () => {
      const shelf = open();
      await shelf.write();
      expect(await shelf.sum({ service: 'none' })).toBeUndefined();
      expect(await shelf.sum({}, 'a=b')).toBeUndefined();
      const { tenant } = shelf;
      expect(await shelf.store.merge({ tenant, ids: [] }, { withSampleLabels: false })).toBeUndefined();
    });

    test('adds profiles by their ids: twice what is named twice, and says which are missing', async () => {
      const shelf = open();
      const { tenant } = shelf;
      const first = await shelf.write({ samples: [{ stack: 'a', values: [1] }] });
      const second = await shelf.write({ samples: [{ stack: 'b', values: [2] }] });
      const gone = `${first.id.slice(0, -4)}${first.id.endsWith('0000') ? '1110' : '0000'}`;
      const ids = [first.id, gone, second.id, first.id, 'abc', ''];
      const merged = await shelf.store.merge({ tenant, ids }, { withSampleLabels: false });
      expect(merged).toMatchObject({ profiles: 3, missingIds: [gone, 'abc', ''] });
      expect(stacksOf(merged!.pprof)).toEqual(['a=2', 'b=2']);
      expect(await shelf.store.merge({ tenant, ids: [gone] }, { withSampleLabels: false })).toBeUndefined();
    });

    test('says that profiles of different kinds cannot be added up', async () => {
      const shelf = open();
      const { tenant } = shelf;
      const cpu = await shelf.write();
      const wall = await shelf.write({ body: WALL });
      const trace = await shelf.write({ type: 'trace', createdAtNanos: START });
      const incompatible = { name: 'StoreError', code: 'incompatible' };
      await expect(shelf.sum({ type: 'cpu' })).rejects.toMatchObject(incompatible);
      for (const ids of [[cpu.id, wall.id], [trace.id], [cpu.id, trace.id]])
        await expect(shelf.store.merge({ tenant, ids }, { withSampleLabels: false })).rejects.toMatchObject(
          incompatible,
        );
    });

    test('keeps sums exact where doubles are not', async () => {
      const shelf = open();
      const values = [Number.MAX_SAFE_INTEGER];
      for (let i = 0; i < 3; i++)
        await shelf.write({ samples: [{ stack: 'a', values }], timeNanos: START + BigInt(i) });
      expect(await shelf.sum()).toEqual([`a=${3n * BigInt(Number.MAX_SAFE_INTEGER)}`]);
    });
  });

  describe('given an upload that splits into series', () => {
    test('matches labels of samples, and adds only the samples that have them', async () => {
      const shelf = open();
      const written = await shelf.write({ samples: URIS, splitsSeries: true, labels: { env: 'prod' } });
      expect(await shelf.sum()).toEqual(['main;a=11', 'main;b=4']);
      expect(await shelf.sum({}, 'uri=/a')).toEqual(['main;a=1']);
      expect(await shelf.sum({}, 'uri=~/.*')).toEqual(['main;a=3', 'main;b=4']);
      expect(await shelf.sum({}, 'uri=')).toEqual(['main;a=8']);
      expect(await shelf.sum({}, 'uri!=/b', 'env=prod')).toEqual(['main;a=9']);
      expect(await shelf.sum({}, 'uri!~/a|/b', 'method=')).toEqual(['main;a=8']);
      expect(await shelf.sum({}, 'uri=/c')).toBeUndefined();
      expect(await shelf.ids({}, 'uri=/b', 'method=GET')).toEqual([written.id]);
      expect(await shelf.ids({}, 'uri=/a', 'method=GET')).toEqual([]);
    });

    test('matches no label that says which request it was', async () => {
      const shelf = open();
      await shelf.write({ samples: SPANS, splitsSeries: true });
      expect(await shelf.ids({}, 'span_id=1')).toEqual([]);
    });

    test('keeps the labels of samples only where they are asked for; spans always', async () => {
      const shelf = open();
      await shelf.write({ samples: SPANS, splitsSeries: true });
      const span = ['span_id', '1'];
      expect(await textLabels(shelf, true)).toEqual([
        [1, [span, ['uri', '/a']]],
        [2, [['uri', '/b']]],
        [4, [['method', 'GET'], ['uri', '/b']]],
        [8, []],
      ]); // prettier-ignore
      expect(await textLabels(shelf, false)).toEqual([[1, [span]], [4, []], [10, []]]); // prettier-ignore
      expect(await textLabels(shelf, false, 'uri=/b')).toEqual([[2, []], [4, []]]); // prettier-ignore
    });

    test('leaves the labels of samples alone where the upload does not split', async () => {
      const shelf = open();
      await shelf.write({ samples: SPANS });
      expect(await shelf.ids({}, 'uri=/a')).toEqual([]);
      expect(await textLabels(shelf, false)).toEqual(await textLabels(shelf, true));
      expect(await textLabels(shelf, false)).toHaveLength(4);
    });

    test('lets a label of samples go before that of the profile', async () => {
      const shelf = open();
      await shelf.write({ samples: URIS, splitsSeries: true, labels: { uri: '/profile' } });
      expect(await shelf.sum({}, 'uri=/profile')).toEqual(['main;a=8']);
      expect(await shelf.sum({}, 'uri=/a')).toEqual(['main;a=1']);
    });
  });
}
