import { describe, expect, test } from 'vitest';
import { makePprof } from '../../fixtures/pprof-samples.ts';
import { jsonOf, serve } from '../../fixtures/served.ts';

const BODY = makePprof({ samples: [{ stack: 'main;work', values: [1] }] });
const ALL = 'from=1970-01-01T00:00:00&to=2100-01-01T00:00:00';
const ID = '00000000000000000000';

describe("profefe's defects of answers are not ours:", () => {
  test.each([
    ['POST', 'profiles?service=s&type=cpu', 200],
    ['POST', 'profiles?type=cpu', 400],
    ['GET', `profiles?service=s&${ALL}`, 200],
    ['GET', `profiles?service=none&${ALL}`, 404],
    ['GET', 'profiles?service=s', 400],
    ['GET', `profiles/merge?service=none&type=cpu&${ALL}`, 404],
    ['GET', `profiles/merge?service=s&${ALL}`, 400],
    ['GET', `profiles/${ID}`, 404],
    ['GET', `profiles/${ID}+${ID}`, 404],
    ['GET', 'profiles/abc', 400],
    ['PUT', 'profiles', 405],
    ['GET', 'version', 200],
    ['GET', 'services', 200],
    ['GET', 'nothing', 404],
  ])('JSON goes out as application/json, not as text or as a file: %s %s', async (method, path, status) => {
    const { url } = await serve();
    await fetch(`${url}/api/0/profiles?service=s&type=cpu`, { method: 'POST', body: BODY });
    const response = await fetch(
      `${url}/api/0/${path}`,
      method === 'POST' ? { method, body: BODY } : { method },
    );
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('content-disposition')).toBeNull();
    expect((await response.text()).trim()).toMatch(new RegExp(`^\\{"code":${status},"(body|error)":`));
  });

  test.each(['PUT', 'DELETE', 'PATCH'])('%s for all profiles is no empty 200', async (method) => {
    const { url, store } = await serve();
    await fetch(`${url}/api/0/profiles?service=s&type=cpu`, { method: 'POST', body: BODY });
    const response = await fetch(`${url}/api/0/profiles?service=s&type=cpu`, { method });
    expect([response.status, (await jsonOf(response)).code]).toEqual([405, 405]);
    expect(await store.statistics('anonymous')).toMatchObject({ profiles: 1 });
  });

  test('DELETE of an id deletes it, and does not answer with the profile', async () => {
    const { url, store } = await serve();
    const uploaded = await fetch(`${url}/api/0/profiles?service=s&type=cpu`, { method: 'POST', body: BODY });
    const { id } = (await jsonOf(uploaded)).body as { id: string };
    const deleted = await fetch(`${url}/api/0/profiles/${id}`, { method: 'DELETE' });
    expect(await jsonOf(deleted)).toEqual({ code: 200, body: { deleted: 1 } });
    expect(await store.statistics('anonymous')).toMatchObject({ profiles: 0 });
  });

  test.each(['1969-12-31T23:59:59', '0001-01-01T00:00:00', '-1'])(
    'a time before 1970 (%s) is refused, not stored and never found',
    async (time) => {
      const { url, store } = await serve();
      const query = `service=s&type=cpu&created_at=${time}`;
      const response = await fetch(`${url}/api/0/profiles?${query}`, { method: 'POST', body: BODY });
      expect(await jsonOf(response)).toEqual({
        code: 400,
        error: `bad request: bad "created_at" "${time}": time in unsupported format "${time}"`,
      });
      expect(await store.statistics('anonymous')).toMatchObject({ profiles: 0 });
    },
  );

  test('a path that only begins with that of profiles is no id', async () => {
    const { url } = await serve();
    for (const path of [`profiles${ID}`, 'profilesXX'])
      expect((await fetch(`${url}/api/0/${path}`)).status).toBe(404);
  });
});

describe('a question, in a list as in a merge,', () => {
  test.each([
    ['labels=%25GG%3Dv', ALL, 'bad request: bad "labels" "%GG=v": invalid URL escape "%GG"'],
    ['limit=1.5', ALL, 'bad request: bad "limit" "1.5": strconv.Atoi: parsing "1.5": invalid syntax'],
    [
      'limit=1',
      'from=2028-01-01T00:00:00&to=2027-01-01T00:00:00',
      'bad request: CreatedAtMin after CreatedAtMax: 2028-01-01 00:00:00 +0000 UTC, 2027-01-01 00:00:00 +0000 UTC',
    ],
    ['limit=1', 'from=x&to=now', 'bad request: bad "from" timestamp "x": time in unsupported format "x"'],
  ])('is refused with %s and %s', async (part, times, error) => {
    const { url } = await serve();
    for (const path of ['profiles', 'profiles/merge']) {
      const response = await fetch(`${url}/api/0/${path}?service=s&type=cpu&${part}&${times}`);
      expect([response.status, await jsonOf(response)]).toEqual([400, { code: 400, error }]);
    }
  });

  test('is refused for what is first wrong: service, type, labels, from, to, limit', async () => {
    const { url } = await serve();
    const wrong = ['service=', 'type=No!', 'labels=%25GG', 'from=x', 'to=x', 'limit=x'];
    const right = ['service=s', 'type=cpu', 'labels=', 'from=0', 'to=now', 'limit=1'];
    const names = ['"service"', 'type', '"labels"', '"from"', '"to"', '"limit"'];
    for (const [at, name] of names.entries()) {
      const query = [...right.slice(0, at), ...wrong.slice(at)].join('&');
      const response = await fetch(`${url}/api/0/profiles?${query}`);
      expect([response.status, (await jsonOf(response)).error]).toEqual([
        400,
        expect.stringContaining(name) as string,
      ]);
    }
  });
});
