// Whatever is stored and asked, a store answers as the plain one in memory does.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Selector } from '../../src/store/selector.ts';
import { stacksOf } from '../fixtures/pprof-samples.ts';
import { MemoryStore } from '../fixtures/memory-store.ts';
import type { OpenShelf, UploadSketch } from './shelf.ts';
import { SECOND, Shelf, START } from './shelf.ts';

const RUNS = 12;

const anyName = fc.constantFrom('a', 'b', 'a/b', 'é%');
const anyLabels = fc.dictionary(fc.constantFrom('k', 'l'), anyName, { maxKeys: 2 });
const anyTime = fc.integer({ min: 0, max: 7_500 }).map((seconds) => START + BigInt(seconds) * SECOND);

const anySample = fc.record({
  stack: fc.constantFrom('main', 'main;a', 'main;a;b'),
  values: fc.tuple(fc.integer({ min: 1, max: 100 })),
  labels: fc.dictionary(fc.constantFrom('k', 'uri'), anyName, { maxKeys: 2 }),
});

export const anyUpload: fc.Arbitrary<UploadSketch> = fc.record({
  service: anyName,
  type: fc.constantFrom('cpu', 'wall'),
  labels: anyLabels,
  timeNanos: anyTime,
  samples: fc.array(anySample, { minLength: 1, maxLength: 4 }),
  splitsSeries: fc.boolean(),
});

export const anyQuestion: fc.Arbitrary<Question> = fc.record({
  part: fc.record(
    { service: anyName, type: fc.constantFrom('cpu', 'wall'), fromNanos: anyTime, untilNanos: anyTime },
    { requiredKeys: [] },
  ),
  matchers: fc.array(
    fc.constantFrom('k=a', 'k!=a', 'k=', 'k=~a.*', 'l!~b|', 'uri=b', 'uri=~.+', 'service_name=~a.*', '__name__!=wall'),
    { maxLength: 2 },
  ),
  limit: fc.integer({ min: 1, max: 4 }),
}); // prettier-ignore

export interface Question {
  readonly part: Partial<Selector>;
  readonly matchers: readonly string[];
  readonly limit: number;
}

export async function ask(shelf: Shelf, { part, matchers, limit }: Question) {
  const selector = shelf.selector(part, ...matchers);
  const sumOf = async (withSampleLabels: boolean) => {
    const merged = await shelf.store.merge({ selector }, { withSampleLabels });
    return merged && [merged.profiles, stacksOf(merged.pprof)];
  };
  return {
    profiles: await shelf.store.list(selector),
    newest: await shelf.store.list(selector, { limit }),
    sum: await sumOf(false),
    labelled: await sumOf(true),
    series: await shelf.store.series(selector),
    values: await shelf.store.series(selector, ['k', 'uri']),
    points: await shelf.points(selector, 'cpu', ['k', 'service_name']),
    services: await shelf.store.services(shelf.tenant),
    statistics: await shelf.store.statistics(shelf.tenant),
  };
}

export function describeModel(open: OpenShelf): void {
  describe('whatever it is asked', () => {
    test('answers as the store in memory', async () => {
      const example = fc.tuple(
        fc.array(anyUpload, { minLength: 1, maxLength: 8 }),
        fc.array(anyQuestion, { minLength: 1, maxLength: 4 }),
        fc.nat(),
      );
      await fc.assert(
        fc.asyncProperty(example, async ([uploads, questions, doomed]) => {
          const shelf = open();
          const model = new Shelf(new MemoryStore(), shelf.tenant, shelf.traits);
          const ids: string[] = [];
          for (const upload of uploads) {
            const { id } = await model.write(upload);
            ids.push(id);
            expect((await shelf.write({ ...upload, id })).id).toBe(id);
          }
          const answers = async (of: Shelf) => {
            const told = [];
            for (const question of questions) told.push(await ask(of, question));
            return told;
          };
          expect(await answers(shelf)).toEqual(await answers(model));
          for (const of of [shelf, model])
            expect(await of.store.delete(of.tenant, { id: ids[doomed % ids.length]! })).toBe(1);
          expect(await answers(shelf)).toEqual(await answers(model));
        }),
        { numRuns: RUNS },
      );
    });
  });
}
