import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { ClientRates, MAX_CLIENTS } from '../../src/serve/client-rates.ts';
import { makePprof } from '../fixtures/pprof-samples.ts';
import { jsonOf, serve } from '../fixtures/served.ts';
import type { Served } from '../fixtures/served.ts';

const PPROF = makePprof({ samples: [{ stack: 'main', values: [5] }] });
const TOKENS = { write: ['write-token-1', 'write-token-2'], read: ['read-token'] };
const SERVICES = '/api/0/services';

type Headers = Readonly<Record<string, string>>;

async function write({ url }: Served, headers: Headers = {}): Promise<number> {
  const body = PPROF;
  return (await fetch(`${url}/api/0/profiles?service=s&type=cpu`, { method: 'POST', body, headers })).status;
}

async function read({ url }: Served, headers: Headers = {}, path = SERVICES): Promise<number> {
  return (await fetch(`${url}${path}`, { headers })).status;
}

const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });
const basic = (token: string): Headers => ({
  authorization: `Basic ${Buffer.from(`anybody:${token}`).toString('base64')}`,
});

describe('tokens', () => {
  test.each([
    ['bearer', bearer],
    ['basic', basic],
  ])('as %s open what they are for, and nothing else', async (_, as) => {
    const served = await serve({}, TOKENS);
    expect(await write(served, as('write-token-1'))).toBe(200);
    expect(await write(served, as('write-token-2'))).toBe(200);
    expect(await write(served, as('read-token'))).toBe(403);
    expect(await read(served, as('read-token'))).toBe(200);
    expect(await read(served, as('write-token-1'))).toBe(403);
    for (const wrong of ['', 'x', 'write-token', 'write-token-11', 'READ-TOKEN'])
      expect([await write(served, as(wrong)), await read(served, as(wrong))]).toEqual([401, 401]);
  });

  test.each([
    '',
    'Bearer',
    'Basic !!!',
    'Basic bm9jb2xvbg==',
    'Digest read-token',
    'read-token',
    'Bearer read-token x',
  ])('in the header "%s" are none', async (authorization) => {
    expect(await read(await serve({}, TOKENS), { authorization })).toBe(401);
  });

  test('are asked for without a dialog of the browser, and are in no log', async () => {
    const served = await serve({}, TOKENS);
    const response = await fetch(`${served.url}${SERVICES}`, { headers: bearer('wrong-secret') });
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="spybridge"');
    expect(await jsonOf(response)).toEqual({ code: 401, error: 'a token is needed to read' });
    await write(served, basic('write-token-1'));
    const log = JSON.stringify(served.log);
    for (const secret of ['wrong-secret', 'write-token', basic('write-token-1')['authorization']!])
      expect(log).not.toContain(secret);
  });

  test('are needed for metrics, deletions and unknown paths, not for health', async () => {
    const served = await serve({}, TOKENS);
    expect(await read(served, {}, '/metrics')).toBe(401);
    expect(await read(served, bearer('read-token'), '/metrics')).toBe(200);
    expect(await read(served, {}, '/nothing')).toBe(401);
    for (const path of ['/healthz', '/readyz', '/ready']) expect(await read(served, {}, path)).toBe(200);
    const remove = { method: 'DELETE', headers: bearer('read-token') };
    expect((await fetch(`${served.url}/api/0/profiles/00000000000000000000`, remove)).status).toBe(403);
    const querier = `${served.url}/querier.v1.QuerierService/LabelNames`;
    expect((await fetch(querier, { method: 'POST', headers: bearer('write-token-1') })).status).toBe(403);
  });

  test('for writing alone leave reading open', async () => {
    const served = await serve({}, { write: ['w'] });
    expect([await write(served), await write(served, bearer('w')), await read(served)]).toEqual([
      401, 200, 200,
    ]);
  });
});

describe('tenants', () => {
  const as = (tenant: string): Headers => ({ 'x-scope-orgid': tenant });

  test('see their own profiles only', async () => {
    const served = await serve({ isMultiTenant: true });
    expect((await fetch(`${served.url}/metrics`)).status).toBe(200);
    expect(await write(served, as('a'))).toBe(200);
    expect([await read(served, as('a')), await read(served, as('b'))]).toEqual([200, 404]);
    const { body } = await jsonOf(
      await fetch(`${served.url}/api/0/profiles?service=s&from=0&to=now%2B1h`, { headers: as('a') }),
    );
    const [{ id }] = body as [{ id: string }];
    const path = `/api/0/profiles/${id}`;
    expect([await read(served, as('a'), path), await read(served, as('b'), path)]).toEqual([200, 404]);
    const remove = await fetch(`${served.url}${path}`, { method: 'DELETE', headers: as('b') });
    expect(remove.status).toBe(404);
    expect(await (await fetch(`${served.url}/metrics`, { headers: as('b') })).text()).not.toContain(
      'store_profiles',
    );
  });

  test("have to be named, by Pyroscope's grammar", async () => {
    const served = await serve({ isMultiTenant: true });
    const response = await fetch(`${served.url}${SERVICES}`);
    expect([response.status, (await jsonOf(response)).error]).toEqual([401, 'no org id']);
    expect(await read(served, as("A-z0!_.*'()"))).toBe(404);
    for (const bad of ['a/b', 'a|b', '.', '..', 'ä', 'x'.repeat(151)])
      expect(await read(served, as(bad))).toBe(400);
    expect(await read(served, as('x'.repeat(150)))).toBe(404);
  });

  test('are not asked for where there is one only', async () => {
    const served = await serve();
    expect([await write(served, as('a')), await read(served)]).toEqual([200, 200]);
  });
});

describe('a web page of another site', () => {
  test('cannot write here, and is given no right to read', async () => {
    const served = await serve();
    expect(await write(served, { 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await write(served, { origin: 'https://evil.example' })).toBe(403);
    expect(await write(served, { origin: 'null' })).toBe(403);
    expect(await write(served, { origin: served.url })).toBe(200);
    const response = await fetch(`${served.url}${SERVICES}`, { headers: { origin: 'https://evil.example' } });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('cannot read by a name of its own that points to this machine', async () => {
    const served = await serve();
    const statusFor = async (host: string, headers: Headers = {}, from: Served = served): Promise<number> =>
      new Promise((resolve, reject) => {
        request(
          { port: from.port, host: '127.0.0.1', path: '/api/0/version', headers: { host, ...headers } },
          (answer) => {
            resolve(answer.resume().statusCode ?? 0);
          },
        )
          .once('error', reject)
          .end();
      });
    for (const host of [
      'evil.example',
      `evil.example:${served.port}`,
      'localhost.evil.example',
      '127.0.0.1.evil.example',
    ])
      expect(await statusFor(host)).toBe(403);
    for (const host of ['localhost', `LOCALHOST:${served.port}`, '127.0.0.1', '[::1]:80', 'a.localhost'])
      expect(await statusFor(host)).toBe(200);
    const closed = await serve({}, TOKENS);
    expect(await statusFor('profiles.example', bearer('read-token'), closed)).toBe(200);
  });
});

test('a client that uploads too often is told when to come again; reading is free', async () => {
  const served = await serve({ writesPerSecond: 1 });
  const statuses = [await write(served), await write(served), await write(served)];
  expect(statuses).toEqual([200, 200, 429]);
  expect(await read(served)).toBe(200);
});

describe('rates', () => {
  test('fill up again, per client', () => {
    let nowMs = 0;
    const rates = new ClientRates(2, () => nowMs);
    const take = (address: string): number => rates.take(address);
    expect([1, 2, 3, 4, 5].map(() => take('10.0.0.1'))).toEqual([0, 0, 0, 0, 1]);
    expect(take('10.0.0.2')).toBe(0);
    nowMs = 500;
    expect([take('10.0.0.1'), take('10.0.0.1')]).toEqual([0, 1]);
  });

  test('count a network of IPv6 as one client', () => {
    const rates = new ClientRates(1, () => 0);
    const addresses = [
      '2001:db8::1',
      '2001:db8::2',
      '2001:db8:0:0:ffff::3',
      '2001:db8:0:1::1',
      '::ffff:10.0.0.1',
    ];
    expect(addresses.map((address) => rates.take(address))).toEqual([0, 0, 1, 0, 0]);
  });

  test('remember a bounded number of clients', () => {
    let forgotten = 0;
    const rates = new ClientRates(
      1,
      () => 0,
      () => (forgotten += 1),
    );
    for (let i = 0; i < MAX_CLIENTS + 50; i++) rates.take(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
    expect(rates.clients).toBe(MAX_CLIENTS);
    expect(forgotten).toBe(50);
  });
});
