import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Intake } from '../../src/collect/intake.ts';
import { Window } from '../../src/collect/window.ts';
import { FILTERED, ROOTLESS } from '../../src/model/label-resolver.ts';
import type { LabelResolver } from '../../src/model/label-resolver.ts';
import type { Labels } from '../../src/model/labels.ts';
import type { Meta } from '../../src/model/sample-sink.ts';
import { StackTables } from '../../src/model/stack-tables.ts';
import { Ledger } from '../../src/observe/ledger.ts';
import { SpanTally } from '../../src/observe/span-tally.ts';
import { Feed } from '../../src/parse/feed.ts';
import { PhpspyText } from '../../src/parse/phpspy-text.ts';
import { Labeler } from '../../src/transform/labeler.ts';
import { MAX_WINDOW_SPANS, SpanLabeler } from '../../src/transform/span-labeler.ts';
import { compileSpanSource, TRACEPARENT_KEY } from '../../src/transform/span-source.ts';
import { compileTags } from '../../src/transform/tags.ts';

const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, '0');
const spanId = (n: number): string => hex(n, 16);
const traceId = (n: number): string => hex(n, 32);
const traceparent = (n: number): Meta => [TRACEPARENT_KEY, `00-${traceId(n)}-${spanId(n)}-01`];

interface SetUp {
  readonly labeler: SpanLabeler;
  readonly tally: SpanTally;
  readonly wanted: ReadonlySet<string>;
}

function setUp(
  options: { tags?: readonly string[]; maxWindowSpans?: number; resolver?: LabelResolver } = {},
): SetUp {
  const tags = compileTags(options.tags ?? []);
  const plain = { tags, isEntryPoint: () => true, hasEntryPatterns: false, tagEntrypoint: false };
  const source = compileSpanSource({ labels: 'both', spanId: undefined, traceId: undefined })!;
  const tally = new SpanTally();
  const labeler = new SpanLabeler({
    ...{ tags: options.resolver ?? new Labeler({ ...plain, maxTagValues: 100 }, 0), tagKeys: tags.metaKeys },
    ...{ source, tally, maxWindowSpans: options.maxWindowSpans ?? MAX_WINDOW_SPANS },
  });
  return { labeler, tally, wanted: new Set([...tags.metaKeys, ...source.metaKeys]) };
}

function tablesOf(stacks: number): StackTables {
  const tables = new StackTables();
  for (let i = 0; i < stacks; i++) tables.addStack([tables.addFrame(`f${i}`, '', 0)], 1);
  return tables;
}

const labelsOf = (labeler: SpanLabeler, meta: number): Labels =>
  labeler.labelSets[labeler.resolve(0, meta, 1)]!;

describe('a span', () => {
  const tables = tablesOf(1);

  test('is added to the tags of its sample, in the order of names', () => {
    const { labeler, tally } = setUp({ tags: ['sz={{ "uri" }}', 'a={{ "uri" }}'] });
    labeler.startEpoch({ tables, metas: [[], [traceparent(7), ['uri', '/a']], [['uri', '/a']]] }, 0);
    expect(labelsOf(labeler, 1)).toEqual([
      ['a', '/a'],
      ['span_id', spanId(7)],
      ['sz', '/a'],
      ['trace_id', traceId(7)],
    ]);
    expect(labelsOf(labeler, 2)).toEqual([
      ['a', '/a'],
      ['sz', '/a'],
    ]);
    expect(labelsOf(labeler, 0)).toEqual([]);
    expect(Object.fromEntries(tally.outcomes())).toEqual({ labelled: 1, capped: 0, invalid: 0, absent: 2 });
  });

  test('makes one label set for all samples of its request, whatever else they have', () => {
    const { labeler } = setUp({ tags: ['uri={{ "uri" }}'] });
    const metas = [
      [],
      [traceparent(1), ['uri', '/a']],
      [traceparent(1), ['uri', '/b']],
      [traceparent(2), ['uri', '/a']],
    ];
    labeler.startEpoch({ tables, metas: metas as Meta[][] }, 0);
    const sets = [1, 2, 3, 1, 2, 3].map((meta) => labeler.resolve(0, meta, 1));
    expect(sets).toEqual([0, 1, 2, 0, 1, 2]);
    expect(labeler.labelSets).toHaveLength(3);
  });

  test('that is not valid leaves the tags alone and is counted in samples', () => {
    const { labeler, tally } = setUp();
    labeler.startEpoch({ tables, metas: [[], [[TRACEPARENT_KEY, '00-x']]] }, 0);
    expect(labeler.labelSets[labeler.resolve(0, 1, 5)]).toEqual([]);
    expect(tally.invalid).toBe(5);
  });

  test('costs no tag value: tags are rendered once for all requests that agree in what tags read', () => {
    let metasAtTags = 0;
    const resolver: LabelResolver = {
      labelSets: [[]],
      startEpoch: () => undefined,
      resolve: (_, meta) => {
        metasAtTags = Math.max(metasAtTags, meta + 1);
        return 0;
      },
    };
    const { labeler } = setUp({ resolver });
    const metas = Array.from({ length: 500 }, (_, n): Meta[] => [traceparent(n + 1)]);
    labeler.startEpoch({ tables, metas }, 0);
    for (let meta = 0; meta < 500; meta++) labeler.resolve(0, meta, 1);
    expect(metasAtTags).toBe(1);
    expect(labeler.labelSets).toHaveLength(500);
  });

  test.each([FILTERED, ROOTLESS])('of a sample that is left out (%i) counts nowhere', (answer) => {
    const resolver = { labelSets: [], startEpoch: () => undefined, resolve: () => answer };
    const { labeler, tally } = setUp({ resolver, maxWindowSpans: 1 });
    labeler.startEpoch({ tables, metas: [[traceparent(1)]] }, 0);
    expect(labeler.resolve(0, 0, 1)).toBe(answer);
    expect([...tally.outcomes().values()]).toEqual([0, 0, 0, 0]);
  });
});

describe('the bound of spans per window', () => {
  test('leaves the samples of further spans without labels and counts them, until the next window', () => {
    const { labeler, tally } = setUp({ maxWindowSpans: 2 });
    const metas = [1, 2, 3].map((n): Meta[] => [traceparent(n)]);
    labeler.startEpoch({ tables: tablesOf(1), metas }, 0);
    const spansOf = (): (string | undefined)[] => [0, 1, 2, 0].map((meta) => labelsOf(labeler, meta)[0]?.[1]);
    expect(spansOf()).toEqual([spanId(1), spanId(2), undefined, spanId(1)]);
    expect(tally).toMatchObject({ labelled: 3, capped: 1 });
    labeler.startWindow();
    expect(labelsOf(labeler, 2)).toEqual([
      ['span_id', spanId(3)],
      ['trace_id', traceId(3)],
    ]);
  });

  test('holds in the windows that are sealed', () => {
    const { labeler, tally, wanted } = setUp();
    const spansOfWindows: number[] = [];
    const intake = new Intake({
      ...{ resolver: labeler, wantedMetaKeys: wanted, ledger: new Ledger() },
      onSealed: ({ rows, labelSets }) => {
        const sets = new Set(Array.from({ length: rows.length }, (_, row) => rows.labelSets[row]!));
        spansOfWindows.push([...sets].filter((set) => labelSets[set]!.length > 0).length);
      },
    });
    const count = MAX_WINDOW_SPANS + 500;
    const metas = Array.from({ length: count }, (_, n): Meta[] => [traceparent(n + 1)]);
    intake.startEpoch({ tables: tablesOf(2), metas });
    // Two rows per span: the window is full, and sealed, before the spans are through.
    for (const stack of [0, 1]) for (let meta = 0; meta < count; meta++) intake.take(stack, meta, 1);
    intake.seal();
    expect(Math.max(...spansOfWindows)).toBe(MAX_WINDOW_SPANS);
    expect(spansOfWindows).toHaveLength(2);
    expect(tally.labelled + tally.capped).toBe(2 * count);
    expect(tally.capped).toBeGreaterThan(0);
  });
});

describe('samples and their spans are never mixed', () => {
  /** A header: of request n, a broken one, or none. */
  const anyHeader = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 12 }) },
    { weight: 1, arbitrary: fc.constant('broken' as const) },
    { weight: 1, arbitrary: fc.constant('none' as const) },
  );
  const anySample = fc.record({ work: fc.nat(5), uri: fc.nat(3), header: anyHeader, seals: fc.boolean() });

  test('whatever comes in which order, each window sums up as a plain reading does', () => {
    fc.assert(
      fc.property(
        fc.array(anySample, { maxLength: 120 }),
        fc.integer({ min: 1, max: 8 }),
        (samples, bound) => {
          const { labeler, wanted } = setUp({ tags: ['uri={{ "uri" }}'], maxWindowSpans: bound });
          const found: string[][] = [];
          const intake = new Intake({
            ...{ resolver: labeler, wantedMetaKeys: wanted, ledger: new Ledger() },
            onSealed: ({ tables, labelSets, rows }) => {
              const lines = Array.from({ length: rows.length }, (_, row) => {
                const labels = Object.fromEntries(labelSets[rows.labelSets[row]!]!);
                const leaf = tables.names[tables.framesOf(rows.stacks[row]!)[0]!]!;
                return `${leaf} ${labels['uri']!} ${labels['span_id'] ?? '-'} ${labels['trace_id'] ?? '-'} ${rows.counts[row]!}`;
              });
              found.push(lines.sort());
            },
          });
          const feed = new Feed(new PhpspyText(intake, { keepEntrypointName: false }));
          const expected: string[][] = [];
          let open = new Map<string, number>();
          let spans = new Set<number>();
          const seal = (): void => {
            intake.seal();
            if (open.size > 0) expected.push([...open].map(([key, count]) => `${key} ${count}`).sort());
            open = new Map();
            spans = new Set();
          };
          for (const { work, uri, header, seals } of samples) {
            const line =
              header === 'none'
                ? ''
                : `# ${TRACEPARENT_KEY} = ${header === 'broken' ? '00-1-2-3' : traceparent(header)[1]}\n`;
            feed.push(Buffer.from(`0 work_${work} /x.php:1\n1 <main> /i.php:1\n# uri = /${uri}\n${line}\n`));
            let ids = '- -';
            if (typeof header === 'number' && (spans.has(header) || spans.size < bound)) {
              spans.add(header);
              ids = `${spanId(header)} ${traceId(header)}`;
            }
            const key = `work_${work} /${uri} ${ids}`;
            open.set(key, (open.get(key) ?? 0) + 1);
            if (seals) seal();
          }
          seal();
          expect(found).toEqual(expected);
        },
      ),
    );
  });

  test('not even when the tables of the parser start over', () => {
    const { labeler, wanted } = setUp();
    const window = new Window();
    let sets: readonly Labels[] = [];
    let tables = new StackTables();
    const check = (): void => {
      for (let row = 0; row < window.length; row++) {
        const [, id] = sets[window.labelSets[row]!]!.find(([name]) => name === 'span_id')!;
        expect(tables.names[tables.framesOf(window.stacks[row]!)[0]!]).toBe(`work_${parseInt(id, 16)}`);
      }
      window.clear();
    };
    const dialect = new PhpspyText(
      {
        wantedMetaKeys: wanted,
        startEpoch: (epoch) => {
          check();
          labeler.startEpoch(epoch, 0);
          ({ tables } = epoch);
          sets = labeler.labelSets;
        },
        take: (stack, meta, weight) => {
          window.add(labeler.resolve(stack, meta, weight), stack, weight);
        },
        drop: () => {
          throw new Error('nothing is wrong with these traces');
        },
      },
      { keepEntrypointName: false },
    );
    const feed = new Feed(dialect);
    for (let round = 0; round < 4; round++) {
      for (let n = 1; n <= 300; n++) {
        const request = 1 + ((n * 7 + round * 131) % 300);
        const [key, value] = traceparent(request);
        feed.push(Buffer.from(`0 work_${request} /x.php:1\n# ${key} = ${value}\n\n`));
      }
      dialect.restartEpoch();
    }
    expect(window.length).toBe(0);
  });
});
