// What the store needs of object storage, held against a fake of each kind: keys, pages, conditions, and trouble on the way.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FakeBucket, FakeFault, FakeServer } from '../../fixtures/fake-bucket.ts';
import type { SendOptions } from '../../../src/store/objects/http-sender.ts';
import type { HttpSender } from '../../../src/store/objects/http-sender.ts';
import type { ListRequest, ObjectStorage } from '../../../src/store/objects/object-storage.ts';

export type FakeStorage = FakeServer & { readonly bucket: FakeBucket };
type Storage = ObjectStorage & { readonly sender: HttpSender };

const FAST: Partial<SendOptions> = { attempts: 3, pauseMs: 1, idleMs: 100, totalMs: 300 };
const UNAVAILABLE = { name: 'StoreError', code: 'unavailable' };

/** `connect` is asked for pages of three keys. */
export function describeStorage<Fake extends FakeStorage>(
  makeFake: () => Fake,
  connect: (fake: Fake, send: Partial<SendOptions>) => Storage,
): void {
  let server: Fake;
  let storage: Storage;

  beforeEach(async () => {
    server = await makeFake().start();
    storage = connect(server, FAST);
  });

  afterEach(async () => {
    await storage.close();
    await server.stop();
  });

  async function keysOf(request: ListRequest) {
    const keys: string[] = [];
    const prefixes: string[] = [];
    for await (const page of storage.list(request)) {
      keys.push(...page.objects.map(({ key }) => key));
      prefixes.push(...page.prefixes);
    }
    return { keys, prefixes };
  }

  async function fill(...keys: string[]) {
    for (const key of keys) await storage.put(key, Buffer.from(key));
  }

  test('keeps bodies byte for byte, and the last of several', async () => {
    const body = Buffer.from(Array.from({ length: 70_000 }, (_, i) => i % 256));
    expect(await storage.put('a/b', Buffer.from('x'))).toBe(true);
    expect(await storage.put('a/b', body)).toBe(true);
    expect((await storage.get('a/b', 100_000))?.equals(body)).toBe(true);
    await storage.put('a/empty', Buffer.alloc(0));
    expect(await storage.get('a/empty', 0)).toEqual(Buffer.alloc(0));
    expect(await storage.get('a', 100)).toBeUndefined();
  });

  test('keeps the first one where only a new one is wanted', async () => {
    const onlyIfNew = true;
    expect(await storage.put('a', Buffer.from('1'), { onlyIfNew })).toBe(true);
    expect(await storage.put('a', Buffer.from('2'), { onlyIfNew })).toBe(false);
    expect(String(await storage.get('a', 10))).toBe('1');
  });

  test('forgets what is deleted, and does not mind what is not there', async () => {
    await fill('a', 'b');
    await storage.delete('a');
    await storage.delete('a');
    expect(await keysOf({ prefix: '' })).toEqual({ keys: ['b'], prefixes: [] });
  });

  test('does not mind what a server says when it has deleted or written', async () => {
    await fill('a');
    server.fault = () => ({ status: 200, body: 'null\n' });
    await storage.delete('a');
    expect(await storage.put('a', Buffer.from('a'))).toBe(true);
  });

  test('lists by prefix, in order, over all pages', async () => {
    const keys = Array.from({ length: 10 }, (_, i) => `p/${String(i).padStart(2, '0')}`);
    await fill(...keys.toReversed(), 'o/1', 'q/1', 'p');
    expect(await keysOf({ prefix: 'p/' })).toEqual({ keys, prefixes: [] });
    expect(await keysOf({ prefix: 'p/', startAfter: 'p/06' })).toEqual({ keys: keys.slice(7), prefixes: [] });
    expect(await keysOf({ prefix: 'p/', startAfter: 'p/065' })).toEqual({
      keys: keys.slice(7),
      prefixes: [],
    });
    expect(await keysOf({ prefix: 'x/' })).toEqual({ keys: [], prefixes: [] });
  });

  test('tells each prefix once, over all pages', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    await fill(...names.flatMap((name) => [`p/${name}/1`, `p/${name}/2`, `p/${name}/x/3`]), 'p/file');
    expect(await keysOf({ prefix: 'p/', delimiter: '/' })).toEqual({
      keys: ['p/file'],
      prefixes: names.map((name) => `p/${name}/`),
    });
  });

  test('takes keys of any characters', async () => {
    const anyKey = fc
      .string({ unit: fc.constantFrom('a', '/', ' ', '+', '%', '&', '<', '=', ',', '.', '~', "'", '(', '*', 'é', '日', '😀'), minLength: 1, maxLength: 12 })
      // Dots as names are paths to HTTP.
      .map((text) => `k${text}`)
      .filter((text) => !/\/\.{1,2}(\/|$)/.test(text)); // prettier-ignore
    await fc.assert(
      fc.asyncProperty(anyKey, async (key) => {
        await storage.put(key, Buffer.from(key));
        expect(String(await storage.get(key, 1_000))).toBe(key);
        expect((await keysOf({ prefix: key })).keys).toContain(key);
        await storage.delete(key);
        expect(await storage.get(key, 1_000)).toBeUndefined();
      }),
      { numRuns: 40 },
    );
  });

  test('reads no more than it was told to', async () => {
    await fill('abc');
    const tooLarge = { name: 'StoreError', code: 'too_large' };
    await expect(storage.get('abc', 2)).rejects.toMatchObject(tooLarge);
    expect(String(await storage.get('abc', 3))).toBe('abc');
  });

  describe('when the server has trouble', () => {
    const faults: readonly FakeFault[] = [
      'reset',
      'reset after',
      'half',
      'hang',
      { status: 500 },
      { status: 409 },
      { status: 503 },
      { status: 429 },
    ];

    test.each(faults.map((fault) => [typeof fault === 'object' ? fault.status : fault, fault] as const))(
      'gets over one request that ends in %s',
      async (_, fault) => {
        let broken = false;
        server.fault = () => (broken ? undefined : ((broken = true), fault));
        await fill('a');
        broken = false;
        expect(String(await storage.get('a', 10))).toBe('a');
        broken = false;
        expect((await keysOf({ prefix: '' })).keys).toEqual(['a']);
        broken = false;
        await storage.delete('a');
        expect(server.bucket.objects.size).toBe(0);
        expect(storage.sender.counts).toEqual({ requests: 8, retries: 4, failures: 0 });
      },
    );

    test.each(faults.map((fault) => [typeof fault === 'object' ? fault.status : fault, fault] as const))(
      'gives up after some attempts that end in %s',
      async (_, fault) => {
        server.fault = () => fault;
        await expect(storage.get('a', 10)).rejects.toMatchObject(UNAVAILABLE);
        expect(server.requests).toHaveLength(3);
        expect(storage.sender.counts).toEqual({ requests: 3, retries: 2, failures: 1 });
      },
    );

    test.each([400, 401, 403, 301])('does not try again what is answered by %i', async (status) => {
      server.fault = () => ({ status, body: '<secret>' });
      const requests = [
        () => storage.get('a', 10),
        () => storage.put('a', Buffer.from('a')),
        () => storage.delete('a'),
        () => keysOf({ prefix: '' }),
      ];
      for (const ask of requests) await expect(ask()).rejects.toMatchObject(UNAVAILABLE);
      expect(server.requests).toHaveLength(4);
      await expect(storage.get('a', 10)).rejects.not.toThrow('secret');
    });

    test('says that there is no such bucket', async () => {
      server.fault = () => ({ status: 404, body: '<Error><Code>NoSuchBucket</Code></Error>' });
      await expect(keysOf({ prefix: '' })).rejects.toMatchObject(UNAVAILABLE);
    });

    test.each(['', 'no list', '{}', '<ListBucketResult>', '[]', 'null', '{"items":7}'])(
      'takes %j for no endless list',
      async (body) => {
        server.fault = () => ({ status: 200, body });
        const listed = await keysOf({ prefix: '' }).catch((error: unknown) => error);
        expect([{ keys: [], prefixes: [] }, expect.objectContaining(UNAVAILABLE)]).toContainEqual(listed);
        expect(server.requests).toHaveLength(1);
      },
    );

    test('waits as long as the server asks for', async () => {
      const headers = { 'retry-after': '1' };
      server.fault = (_, count) => (count === 1 ? { status: 503, headers } : undefined);
      const before = performance.now();
      await fill('a');
      expect(performance.now() - before).toBeGreaterThan(900);
    });

    test('ends what is under way when it is closed', async () => {
      server.fault = () => 'hang';
      const slow = connect(server, { ...FAST, idleMs: 60_000, totalMs: 60_000 });
      const work = expect(slow.get('a', 10)).rejects.toMatchObject(UNAVAILABLE);
      while (server.requests.length === 0) await new Promise(setImmediate);
      await slow.close();
      await work;
      await expect(slow.get('a', 10)).rejects.toMatchObject(UNAVAILABLE);
    });
  });
}
