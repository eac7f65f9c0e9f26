import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const all = ['*'];
/** Which rooms a room may import, besides itself: docs/architecture.md holds the same table. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  model: [],
  observe: ['model'],
  config: ['model'],
  samplers: ['model', 'observe'],
  parse: ['model', 'observe'],
  transform: ['model', 'observe'],
  collect: ['model', 'observe'],
  formats: ['model'],
  deliver: ['model', 'observe', 'formats'],
  store: ['model', 'observe', 'formats'],
  serve: ['model', 'observe', 'formats', 'store'],
  cli: all,
};
const source = path.join(import.meta.dirname, '../src');

function importsOf(file: string): string[] {
  const text = readFileSync(path.join(source, file), 'utf8');
  return [...text.matchAll(/^(?:import|export)[^'"]*?from '(\.[^']+)'|import\('(\.[^']+)'\)/gm)].map(
    (match) => path.join(path.dirname(file), match[1] ?? match[2] ?? ''),
  );
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
);
const roomOf = (file: string): string => file.split('/')[0]!;

describe('the house', () => {
  test('has only the rooms that the table names', () => {
    const rooms = new Set(files.filter((file) => file.includes('/')).map(roomOf));
    expect([...rooms].filter((room) => !(room in allowed))).toEqual([]);
  });

  test('lets no room import one that the table does not allow it', () => {
    const breaches = files.flatMap((file) => {
      const may = allowed[roomOf(file)] ?? all;
      return importsOf(file)
        .filter((target) => may !== all && roomOf(target) !== roomOf(file) && !may.includes(roomOf(target)))
        .map((target) => `${file} imports ${target}`);
    });
    expect(breaches).toEqual([]);
  });

  test('lets only the pipeline import several stages', () => {
    const stages = ['parse', 'transform', 'collect', 'deliver', 'samplers'];
    const meetings = files.filter((file) => {
      const rooms = new Set(
        importsOf(file)
          .map(roomOf)
          .filter((room) => stages.includes(room)),
      );
      return roomOf(file) === 'cli' && rooms.size > 2;
    });
    expect(meetings).toEqual(meetings.filter((file) => file.startsWith('cli/pipeline')));
  });

  test('has no drawer rooms', () => {
    expect(files.filter((file) => /(^|\/)(utils?|helpers?|common)(\/|\.ts$)/.test(file))).toEqual([]);
  });
});
