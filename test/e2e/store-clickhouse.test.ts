import fc from 'fast-check';
import { createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { literal } from '../../src/store/clickhouse/sql.ts';
import { openClickHouseStore } from '../../src/store/clickhouse/clickhouse-store.ts';
import { ClickHouseServer, findClickHouse } from '../fixtures/clickhouse-server.ts';
import { describeStore } from '../store/contract.ts';
import { HOUR, SECOND, Shelf, START } from '../store/shelf.ts';

const program = findClickHouse();
const PAGE_ROWS = 3;

if (program === undefined)
  console.log('skipped: the store in ClickHouse (there is none here; in Debian: clickhouse-server)');

describe.skipIf(program === undefined)('ClickHouse', () => {
  describeStore(
    'a store in ClickHouse',
    async () => {
      const server = await ClickHouseServer.start(program!);
      const open = () => openClickHouseStore({ url: server.url, pageRows: PAGE_ROWS });
      let store = await open();
      return {
        store,
        reopen: async () => {
          await store.close();
          store = await open();
          return store;
        },
        expire: (_, beforeNanos) => store.expire(beforeNanos),
        dispose: async () => {
          await store.close();
          await server.stop();
        },
      };
    },
    ['reopen', 'expire'],
  );

  describe('with SQL of its own', () => {
    let server: ClickHouseServer;

    beforeAll(async () => {
      server = await ClickHouseServer.start(program!);
    });

    afterAll(async () => {
      await server.stop();
    });

    async function select(sql: string): Promise<string> {
      const client = createClient({ url: server.url });
      const { stream } = await client.exec({ query: sql });
      let text = '';
      for await (const chunk of stream) text += String(chunk);
      await client.close();
      return text;
    }

    test('reads back every text as it was, whatever is in it', async () => {
      const hostile = fc.constantFrom(
        "'",
        '\\',
        "\\'",
        "' OR 1=1 --",
        '\u0000',
        '\n',
        '/*',
        ';',
        '`',
        '\u{1f600}',
        'x27',
        '\\x27',
      );
      const anyText = fc
        .array(fc.oneof(hostile, fc.string({ unit: 'binary' })), { maxLength: 8 })
        .map((parts) => parts.join(''));
      await fc.assert(
        fc.asyncProperty(fc.array(anyText, { minLength: 1, maxLength: 50 }), async (texts) => {
          const hexes = texts.map((text) => Buffer.from(text).toString('hex').toUpperCase());
          const columns = texts.map((text, i) => `hex(${literal(text)}) AS c${i}`).join(', ');
          expect((await select(`SELECT ${columns} FORMAT TabSeparated`)).trimEnd().split('\t')).toEqual(
            hexes.join('\t').trimEnd().split('\t'),
          );
        }),
        { numRuns: 30 },
      );
    });

    test("shows profiles as columns, for questions of one's own", async () => {
      const store = await openClickHouseStore({ url: server.url });
      const shelf = new Shelf(store, 't', { reopen: undefined, expire: undefined });
      const samples = [
        { stack: 'a', values: [1], labels: { uri: '/a' } },
        { stack: 'b', values: [2], labels: { uri: '/b' } },
      ];
      for (let i = 0; i < 3; i++)
        await shelf.write({
          samples,
          splitsSeries: true,
          labels: { env: 'prod' },
          timeNanos: START + BigInt(i) * SECOND,
        });
      const sql = `SELECT series_values[i][1] AS uri, sum(totals[i][1]) FROM spybridge_profiles FINAL
        ARRAY JOIN arrayEnumerate(totals) AS i WHERE label_values[indexOf(label_names, 'env')] = 'prod'
        GROUP BY uri ORDER BY uri FORMAT TabSeparated`;
      expect(await select(sql)).toBe('/a\t3\n/b\t6\n');
      await store.close();
    });

    test('takes many profiles at once in few inserts', async () => {
      const store = await openClickHouseStore({ url: server.url });
      const shelf = new Shelf(store, 'many', { reopen: undefined, expire: undefined });
      await Promise.all(
        Array.from({ length: 200 }, (_, i) => shelf.write({ timeNanos: START + BigInt(i) * HOUR })),
      );
      expect(await shelf.ids()).toHaveLength(200);
      expect(await shelf.sum()).toEqual(['main;work=200']);
      await store.close();
    });

    test('has every profile that it has acknowledged, though the server is killed again and again', async () => {
      const store = await openClickHouseStore({ url: server.url, attempts: 1 });
      const shelf = new Shelf(store, 'killed', { reopen: undefined, expire: undefined });
      const acknowledged: string[] = [];
      for (let round = 0; round < 3; round++) {
        const write = async (i: number) => {
          const { id } = await shelf.write({ timeNanos: START + BigInt(i) });
          acknowledged.push(id);
        };
        await write(0);
        const writes = Array.from({ length: 200 }, (_, i) => write(i + 1));
        const rest = Promise.allSettled(writes);
        // The first ones are in, others are on their way.
        await Promise.race(writes);
        await server.kill();
        await rest;
        await expect(shelf.ids()).rejects.toMatchObject({ name: 'StoreError', code: 'unavailable' });
        await server.resume();
        const ids = await shelf.ids();
        expect(ids).toEqual(expect.arrayContaining(acknowledged));
        expect(await shelf.sum()).toEqual([`main;work=${ids.length}`]);
      }
      await store.close();
    });

    test('has nothing of a profile any more when it was deleted', async () => {
      const store = await openClickHouseStore({ url: server.url });
      const shelf = new Shelf(store, 'gone', { reopen: undefined, expire: undefined });
      const { id } = await shelf.write({ labels: { secret: 'x' } });
      await store.delete('gone', { id });
      const count = `SELECT count() FROM spybridge_bodies WHERE id = '${id}' FORMAT TabSeparated`;
      await expect.poll(() => select(count), { timeout: 30_000 }).toBe('0\n');
      const left = `SELECT record, label_values FROM spybridge_profiles FINAL WHERE id = '${id}' FORMAT TabSeparated`;
      expect(await select(left)).toBe('\t[]\n');
      await store.close();
    });
  });
});
