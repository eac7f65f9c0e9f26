import { describe, expect, test } from 'vitest';
import { judge, parseRetryAfter } from '../../src/deliver/pyroscope/answer.ts';
import { ingestName } from '../../src/deliver/pyroscope/labels.ts';

describe("a server's answer decides what becomes of a batch", () => {
  test.each([
    [200, '', 'delivered'],
    [429, 'push rate limit', 'retry'],
    [408, '', 'retry'],
    [500, '', 'retry'],
    [503, '', 'retry'],
    [504, '', 'retry'],
    [422, '{"code":"unknown","message":"context deadline exceeded"}', 'retry'],
    [422, '{"code":"unknown","message":"invalid utf8"}', 'rejected'],
    [400, '{"code":"invalid_argument","message":"bad"}', 'rejected'],
    [413, '', 'too_large'],
    [401, '', 'refused'],
    [403, '', 'refused'],
    [404, '', 'refused'],
    [302, '', 'refused'],
  ])('%d %s: %s', (status, text, kind) => {
    expect(judge({ status, text, retryAfter: undefined }, 1_000).kind).toBe(kind);
  });

  test('a batch over the burst, which 429 would refuse for ever, is split', () => {
    const text =
      '{"code":"resource_exhausted","message":"push rate limit (4.0 MiB) exceeded while adding 9.3 MiB"}';
    expect(judge({ status: 429, text, retryAfter: undefined }, 2_000_000).kind).toBe('too_large');
    expect(judge({ status: 429, text, retryAfter: undefined }, 1_000).kind).toBe('retry');
  });

  test("the server's own words are shown", () => {
    const text = '{"code":"x","message":"label \\"a\\" is long"}';
    expect(judge({ status: 400, text, retryAfter: undefined }, 1)).toMatchObject({
      reason: 'HTTP 400: label \\"a\\" is long',
    });
  });

  test('Retry-After is seconds or a date', () => {
    expect(parseRetryAfter('7', 0)).toBe(7_000);
    expect(parseRetryAfter('Thu, 01 Jan 1970 00:00:09 GMT', 4_000)).toBe(5_000);
    expect(parseRetryAfter('soon', 0)).toBeUndefined();
    expect(parseRetryAfter(undefined, 0)).toBeUndefined();
  });
});

describe('the name of /ingest', () => {
  test('cannot be extended by a label value', () => {
    expect(ingestName('shop', 'wall', [['uri', '/x}admin=1,b={c']])).toBe(
      'shop.wall{uri=/x%7Dadmin=1%2Cb=%7Bc}',
    );
  });

  test('names the profile type, so that a dotted application is not taken for an unknown one', () => {
    expect(ingestName('my.app', 'cpu', [])).toBe('my.app.cpu{}');
  });

  test('holds the characters only that the grammar has', () => {
    expect(ingestName('Ünï app{x=y}', 'wall', [])).toBe('_n__app_x_y_.wall{}');
  });
});
