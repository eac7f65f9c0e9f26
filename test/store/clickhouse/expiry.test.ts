import { afterEach, beforeEach, expect, test } from 'vitest';
import { RowWriter } from '../../../src/store/clickhouse/row-binary.ts';
import { openClickHouseStore } from '../../../src/store/clickhouse/clickhouse-store.ts';
import type { FakeAnswer, FakeRequest } from '../../fixtures/fake-bucket.ts';
import { FakeServer } from '../../fixtures/fake-bucket.ts';
import { HOUR, START } from '../shelf.ts';

/** Two days of each table are too old; further questions find none. */
class FakeClickHouse extends FakeServer {
  readonly statements: string[] = [];
  private readonly old = ['2018-12-29', '2018-12-30'];
  private asked = 0;

  protected answer({ target, body }: FakeRequest): FakeAnswer {
    const inUrl = new URL(target, this.url).searchParams.get('query') ?? '';
    const query = `${inUrl}${body.toString()}`.trim();
    const rows = new RowWriter();
    if (query.startsWith('SELECT version()')) rows.string('24.1.2');
    else if (query.includes('system.parts')) {
      this.statements.push(query);
      if (this.asked++ < 2)
        for (const day of this.old) {
          rows.string(day);
          rows.uint64(5n);
        }
    } else if (query.startsWith('ALTER')) this.statements.push(query);
    return { status: 200, body: rows.take() };
  }
}

let server: FakeClickHouse;
beforeEach(async () => {
  server = await new FakeClickHouse().start();
});
afterEach(async () => {
  await server.stop();
});

test('whole days that are over the age go by themselves, and are counted once', async () => {
  const store = await openClickHouseStore({
    url: server.url,
    now: () => START,
    retentionMs: 24 * 3_600_000,
    firstExpiryMs: 1,
  });
  try {
    const expired = () => store.figures().find(({ name }) => name === 'store_expired_profiles_total')?.value;
    await expect.poll(expired).toBe(10);
    const drops = server.statements.filter((statement) => statement.startsWith('ALTER'));
    expect(drops).toEqual(
      ['spybridge_profiles', 'spybridge_bodies'].flatMap((table) =>
        ['2018-12-29', '2018-12-30'].map((day) => `ALTER TABLE ${table} DROP PARTITION '${day}'`),
      ),
    );
    expect(server.statements[0]).toContain("toDate(partition) < toDate('2018-12-31')");
    expect(await store.expire(START - 24n * HOUR)).toBe(0);
    const { value } = store.figures().find(({ name }) => name === 'storage_requests_total')!;
    expect(value).toBe(server.requests.length);
  } finally {
    await store.close();
  }
});
