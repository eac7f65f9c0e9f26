import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ClickHouseConnection } from '../../../src/store/clickhouse/connection.ts';
import { openClickHouseStore } from '../../../src/store/clickhouse/clickhouse-store.ts';
import type { FakeAnswer, FakeFault } from '../../fixtures/fake-bucket.ts';
import { FakeServer } from '../../fixtures/fake-bucket.ts';

/** Answers every query with the same bytes. */
class FakeClickHouse extends FakeServer {
  protected answer(): FakeAnswer {
    return { status: 200, body: 'rows' };
  }
}

function exception(code: number): FakeAnswer {
  return {
    status: 500,
    body: `Code: ${code}, e.displayText() = DB::Exception: secret, e.what() = DB::Exception`,
  };
}

describe('a connection to ClickHouse', () => {
  let server: FakeClickHouse;
  let connection: ClickHouseConnection;

  beforeEach(async () => {
    server = await new FakeClickHouse().start();
    const [attempts, pauseMs, timeoutMs] = [3, 1, 200];
    const access = { username: 'user', password: 'pass', database: 'db', attempts, pauseMs, timeoutMs };
    connection = new ClickHouseConnection({ url: server.url, ...access });
  });

  afterEach(async () => {
    await connection.close();
    await server.stop();
  });

  test('sends who it is, and rows as they are', async () => {
    expect(String(await connection.query('SELECT 1'))).toBe('rows');
    await connection.insert('t', 'a, b', [Buffer.of(1, 2), Buffer.of(3, 255)]);
    const [select, insert] = server.requests;
    expect(select!.headers.authorization).toBe(`Basic ${Buffer.from('user:pass').toString('base64')}`);
    const query = new URL(insert!.target, server.url).searchParams;
    expect([query.get('query')?.trim(), query.get('database')]).toEqual([
      'INSERT INTO t (a, b) FORMAT RowBinary',
      'db',
    ]);
    expect(insert!.body).toEqual(Buffer.of(1, 2, 3, 255));
  });

  const transient: [string, FakeFault][] = [
    ['a cut connection', 'reset'],
    ['silence', 'hang'],
    ['half an answer', 'half'],
    ['too many parts', exception(252)],
    ['a proxy', { status: 502, body: 'Bad Gateway' }],
  ];

  test.each(transient)('tries again after %s, with the same rows', async (_, fault) => {
    server.fault = (_, count) => (count === 1 ? fault : undefined);
    await connection.insert('t', 'a', [Buffer.of(1), Buffer.of(2)]);
    expect(server.requests.map(({ body }) => [...body])).toEqual([[1, 2], [1, 2]]); // prettier-ignore
    expect(connection.counts).toEqual({ requests: 2, retries: 1, failures: 0 });
  });

  test.each(transient)('gives up after some attempts that end in %s', async (_, fault) => {
    server.fault = () => fault;
    await expect(connection.query('SELECT 1')).rejects.toMatchObject({
      name: 'StoreError',
      code: 'unavailable',
    });
    expect(connection.counts).toEqual({ requests: 3, retries: 2, failures: 1 });
  });

  test.each([
    [62, 'unavailable', 'ClickHouse refuses: code 62.'],
    [516, 'unavailable', 'ClickHouse refuses: code 516.'],
    [243, 'full', 'The disk of ClickHouse is full.'],
  ])(
    'does not try again what is refused with code %i, and keeps the reason to itself',
    async (number, code, message) => {
      server.fault = () => exception(number);
      await expect(connection.query('SELECT 1')).rejects.toMatchObject({ code, message });
      expect(server.requests).toHaveLength(1);
    },
  );

  test('fails what is under way when it is closed', async () => {
    server.fault = () => 'hang';
    const slow = new ClickHouseConnection({ url: server.url, timeoutMs: 60_000 });
    const work = expect(slow.query('SELECT 1')).rejects.toMatchObject({ code: 'unavailable' });
    while (server.requests.length === 0) await new Promise(setImmediate);
    await slow.close();
    await work;
  });

  test('is no store where the server is none', async () => {
    const url = server.url;
    await server.stop();
    const opening = openClickHouseStore({ url, attempts: 1 });
    await expect(opening).rejects.toMatchObject({ name: 'StoreError', code: 'unavailable' });
  });
});
