import { expect, test } from 'vitest';
import { Output, uriOf } from '../../../bench/sampler/output.ts';
import * as stream from '../../fixtures/stream-writer.ts';

const TEXT = `0 usleep <internal>:-1
1 C2::step /srv/a b.php:3
2 <main> /srv/a b.php:1
# glopeek server.REQUEST_URI = /shop/1?a=b = c

0 <main> /srv/other.php:1

0 <main> /srv/unfin`;

const text = new Output('text', Buffer.from(TEXT));

test('text is counted by whole samples up to a byte', () => {
  const end = TEXT.indexOf('\n\n') + 2;
  expect(text.countBefore(end - 1)).toBe(0);
  expect(text.countBefore(end)).toBe(1);
  expect(text.countBefore(TEXT.length)).toBe(2);
});

test('text is read with the root first, and with its facts', () => {
  const [first, second, ...others] = text.traces();
  expect(first!.frames.map(({ name }) => name)).toEqual(['<main>', 'C2::step', 'usleep']);
  expect(second!.frames).toEqual([{ name: '<main>', file: '/srv/other.php' }]);
  expect(uriOf(first!)).toBe('/shop/1?a=b = c');
  expect(uriOf(second!)).toBeUndefined();
  expect(others).toEqual([]);
});

test('a stream is counted by weight up to a byte, and read in the same form', () => {
  const head = Buffer.concat([
    ...[stream.magic, stream.hello(99), stream.string(1, '<main>'), stream.string(2, '/srv/other.php')],
    ...[stream.fn(1, 1, 2, 1), stream.stack(1, 0, 1), stream.sample(1, 0)],
  ]);
  const output = new Output('stream', Buffer.concat([head, stream.sample(1, 0)]));
  expect(output.countBefore(head.length - 1)).toBe(0);
  expect(output.countBefore(head.length)).toBe(1);
  expect(output.countBefore(output.bytes.length)).toBe(2);
  expect(output.traces()[1]!.frames).toEqual([{ name: '<main>', file: '/srv/other.php' }]);
});
