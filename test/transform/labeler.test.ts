import { describe, expect, test } from 'vitest';
import { FILTERED, ROOTLESS } from '../../src/model/label-resolver.ts';
import type { Labels } from '../../src/model/labels.ts';
import type { Meta } from '../../src/model/sample-sink.ts';
import { StackTables } from '../../src/model/stack-tables.ts';
import { compileEntryPoints } from '../../src/transform/entry-point.ts';
import { Labeler } from '../../src/transform/labeler.ts';
import { VALUE_LIFETIME_MS } from '../../src/transform/tag-values.ts';
import { compileTags } from '../../src/transform/tags.ts';

interface Setup {
  readonly tags?: readonly string[];
  readonly entryPoints?: readonly string[];
  readonly tagEntrypoint?: boolean;
  readonly maxTagValues?: number;
}

function makeLabeler({
  tags = [],
  entryPoints = [],
  tagEntrypoint = false,
  maxTagValues = 10,
}: Setup): Labeler {
  const options = {
    tags: compileTags(tags),
    isEntryPoint: compileEntryPoints(entryPoints),
    tagEntrypoint,
    maxTagValues,
  };
  return new Labeler({ ...options, hasEntryPatterns: entryPoints.length > 0 }, 0);
}

function makeTables(roots: readonly (readonly [name: string, file: string])[]): StackTables {
  const tables = new StackTables();
  for (const [name, file] of roots) tables.addStack([tables.addFrame(name, file, 1)], 1);
  return tables;
}

function labelsOf(labeler: Labeler, stack: number, meta: number): Labels | undefined {
  return labeler.labelSets[labeler.resolve(stack, meta)];
}

describe('labels', () => {
  const tables = makeTables([
    ['<main> /srv/index.php', '/srv/index.php'],
    ['<main> /srv/admin.php', '/srv/admin.php'],
    ['crc32', ''],
  ]);
  const metas: Meta[][] = [[], [['uri', '/a']], [['uri', '/b']], [['uri', '']]];

  test('come from templates and the entry point', () => {
    const labeler = makeLabeler({ tags: ['env=prod', 'uri={{ "uri" }}'], tagEntrypoint: true });
    labeler.startEpoch({ tables, metas }, 0);
    expect(labelsOf(labeler, 0, 1)).toEqual([
      ['entrypoint', '/srv/index.php'],
      ['uri', '/a'],
    ]);
    expect(labelsOf(labeler, 1, 0)).toEqual([['entrypoint', '/srv/admin.php']]);
    expect(labelsOf(labeler, 2, 3)).toEqual([]);
  });

  test('are one set for equal labels, however often they are asked for', () => {
    const labeler = makeLabeler({ tags: ['first={{ "uri" "^/." "/x" }}'] });
    labeler.startEpoch({ tables, metas }, 0);
    expect(labeler.resolve(0, 1)).toBe(labeler.resolve(1, 2));
    expect(labeler.labelSets).toHaveLength(1);
  });

  test('filter stacks by their entry point and drop rootless ones only when there is a filter', () => {
    const labeler = makeLabeler({ entryPoints: ['index.php'] });
    labeler.startEpoch({ tables, metas }, 0);
    expect([0, 1, 2].map((stack) => labeler.resolve(stack, 0))).toEqual([0, FILTERED, ROOTLESS]);
    const open = makeLabeler({});
    open.startEpoch({ tables, metas }, 0);
    expect([0, 1, 2].map((stack) => open.resolve(stack, 0))).toEqual([0, 0, 0]);
  });

  test('are capped per tag: later values become other and are counted, until the hour is over', () => {
    const many: Meta[][] = Array.from({ length: 30 }, (_, i) => [['uri', `/${i}`]]);
    const labeler = makeLabeler({ tags: ['uri={{ "uri" }}'], maxTagValues: 10 });
    labeler.startEpoch({ tables, metas: many }, 0);
    const values = many.map((_, meta) => labelsOf(labeler, 0, meta)?.[0]?.[1]);
    expect(values.slice(0, 10)).toEqual(many.slice(0, 10).map((_, i) => `/${i}`));
    expect(new Set(values.slice(10))).toEqual(new Set(['other']));
    expect(labeler.overflowed().get('uri')).toBe(20);
    labeler.startEpoch({ tables, metas: many }, 1);
    expect(labelsOf(labeler, 0, 29)).toEqual([['uri', 'other']]);
    labeler.startEpoch({ tables, metas: many }, VALUE_LIFETIME_MS);
    expect(labelsOf(labeler, 0, 29)).toEqual([['uri', '/29']]);
  });

  test('stay under the length that Pyroscope takes', () => {
    const labeler = makeLabeler({ tags: ['uri={{ "uri" }}'] });
    labeler.startEpoch({ tables, metas: [[['uri', '\u20AC'.repeat(10_000)]]] }, 0);
    expect(Buffer.byteLength(labelsOf(labeler, 0, 0)?.[0]?.[1] ?? '')).toBeLessThanOrEqual(2_048);
  });
});

describe('tags', () => {
  test.each(['env', '1a=x', 'a-b=x', '__name__=x', 'service_name=x', '=x', 'profile_id=x', 'a b=x'])(
    '%s is refused',
    (tag) => {
      expect(() => compileTags([tag])).toThrow(expect.objectContaining({ code: 'config' }) as Error);
    },
  );

  test('more than Pyroscope takes are refused', () => {
    expect(() => compileTags(Array.from({ length: 30 }, (_, i) => `t${i}=x`))).toThrow(/30 tags/);
  });

  test('values may hold anything', () => {
    expect(compileTags(['a=x,y}z="', 'a=b=c']).fixed).toEqual([['a', 'b=c']]);
  });
});
