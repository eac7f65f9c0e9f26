import { Script } from 'node:vm';
import { beforeEach, describe, expect, test } from 'vitest';
import { encodeFlameGraph } from '../../src/formats/flame-graph.ts';
import { FLAME_SCRIPT } from '../../src/formats/flame-graph-script.ts';
import { FlamePage } from '../fixtures/flame-page.ts';
import { profileOf } from '../fixtures/profiles.ts';

const rows = [
  [['main', 'App\\Left::run', 'strlen'], 20],
  [['main', 'App\\Left::run', 'App\\Left::run'], 10],
  [['main', 'right', 'strlen'], 60],
  [['other', 'a_function_with_a_rather_long_name'], 9.99e3],
] as const;
const small = rows.slice(0, 3);
const open = (of: readonly (readonly [readonly string[], number])[]): FlamePage =>
  new FlamePage(encodeFlameGraph(profileOf(of), { title: 't' }).toString());

let page: FlamePage;
const names = (): string[] => page.boxes.map(({ name }) => name);

beforeEach(() => {
  page = open([...small, [['other'], 10]]);
});

describe('the script of a flame graph', () => {
  test('is a script', () => {
    expect(() => new Script(FLAME_SCRIPT)).not.toThrow();
  });

  test('zooms into a box on a click: ancestors over the whole width, strangers gone', () => {
    page.click('right');
    expect(page.boxes.map(({ name, x, width, isAbove }) => [name, x, width, isAbove])).toEqual([
      ['all', 10, 1_180, true],
      ['main', 10, 1_180, true],
      ['right', 10, 1_180, false],
      ['strlen', 10, 1_180, false],
    ]);
  });

  test('goes back to exactly what was drawn', () => {
    const before = page.boxes;
    page.click('strlen');
    page.reset();
    expect(page.boxes).toEqual(before);
    page.click('other');
    page.press('Escape');
    expect(page.boxes).toEqual(before);
  });

  test('fits texts anew to boxes that have become wider', () => {
    page = open(rows);
    expect(page.boxes.find(({ name }) => name === 'right')!.label).toBe('');
    page.click('main');
    expect(page.boxes.find(({ name }) => name === 'right')!.label).toBe('right');
    expect(names()).not.toContain('other');
  });

  test('finds text in any case and tells how much of the whole lies under the matches', () => {
    page.search('STRLEN');
    expect(page.matches).toBe('2 frames, 80.00 %');
    expect(page.boxes.filter(({ isHit }) => isHit).map(({ name }) => name)).toEqual(['strlen', 'strlen']);
    // Recursion counts once.
    page.search('App\\Left');
    expect(page.matches).toBe('2 frames, 30.00 %');
    page.search('');
    expect([page.matches, page.boxes.some(({ isHit }) => isHit)]).toEqual(['', false]);
  });

  test('finds regular expressions, and takes one that is none as text', () => {
    page.search('/^(left|right)$/');
    expect(page.matches).toBe('1 frame, 60.00 %');
    page.search('/(/');
    expect(page.matches).toBe('0 frames, 0.00 %');
    page.search('(');
    expect(page.matches).toBe('0 frames, 0.00 %');
  });

  test('tells matches within the box that is zoomed', () => {
    page.search('strlen');
    page.click('main');
    expect(page.matches).toBe('2 frames, 88.89 %');
    page.press('Escape');
    expect(page.matches).toBe('');
  });

  test('is used with the keyboard alone', () => {
    expect(page.current).toBe('all');
    page.press('ArrowDown', 'all');
    expect(page.current).toBe('main');
    page.press('ArrowRight', 'main');
    expect(page.current).toBe('other');
    page.press('ArrowLeft', 'other');
    page.press('ArrowDown', 'main');
    page.press('ArrowRight', page.current);
    expect(page.current).toBe('right');
    page.press('Enter', 'right');
    expect(names()).toEqual(['all', 'main', 'right', 'strlen']);
    page.press('ArrowUp', 'right');
    expect(page.current).toBe('main');
    page.press('Escape');
    expect(names()).toHaveLength(8);
    page.press('f', undefined, true);
    expect(page.isSearchFocused).toBe(true);
  });

  test('shows what the pointer is on', () => {
    page.hover('other');
    expect(page.info).toBe('other  10 samples, 10.00 %, 0.10 s');
  });

  test('works on a profile without samples', () => {
    page = open([]);
    page.click('all');
    page.search('x');
    expect(page.matches).toBe('0 frames, 0.00 %');
  });
});
