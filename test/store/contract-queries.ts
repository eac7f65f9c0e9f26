// Cases S1 to S20 of the contract: which profiles a question finds, and that they come back as they were sent.
import { describe, expect, test } from 'vitest';
import { isProfileId, secondsOfId } from '../../src/store/id.ts';
import type { Ability, OpenShelf, Shelf } from './shelf.ts';
import { HOUR, labelsOf, SECOND, START } from './shelf.ts';

/** profefe's five profiles: of svc1 two of cpu and two of heap, and one of svc2. */
async function fill(shelf: Shelf): Promise<readonly string[]> {
  const key1 = { key1: 'val1' };
  const written = [
    await shelf.write({ timeNanos: START, labels: key1 }),
    await shelf.write({ timeNanos: START + SECOND, labels: key1 }),
    await shelf.write({ timeNanos: START + 2n * SECOND, labels: { ...key1, key2: 'val2' }, type: 'heap' }),
    await shelf.write({ timeNanos: START + 3n * SECOND, labels: { key3: 'val3' }, type: 'heap' }),
    await shelf.write({ timeNanos: START + 4n * SECOND, labels: key1, service: 'svc2' }),
  ];
  return written.map(({ id }) => id);
}

export function describeQueries(open: OpenShelf, can: readonly Ability[]): void {
  describe('asked for profiles', () => {
    test.each([
      ['a service', { service: 'svc1' }, [], [0, 1, 2, 3]],
      ['a service and a type', { service: 'svc1', type: 'cpu' }, [], [0, 1]],
      ['a label', { service: 'svc1' }, ['key1=val1'], [0, 1, 2]],
      ['a label in all services', {}, ['key1=val1'], [0, 1, 2, 4]],
      ['a type and a label', { service: 'svc1', type: 'heap' }, ['key2=val2'], [2]],
      ['two labels', { service: 'svc1' }, ['key1=val1', 'key2=val2'], [2]],
      ['a label that nothing has', { service: 'svc1', type: 'heap' }, ['key3=val1'], []],
      ['a label that is not there', { service: 'svc1' }, ['key1='], [3]],
      ['another value', { service: 'svc1' }, ['key1!=val1'], [3]],
      ['an expression', {}, ['key1=~val.|other'], [0, 1, 2, 4]],
      ['an expression that matches only a part', {}, ['key1=~val'], []],
      ['an expression that matches nothing at all', {}, ['key1=~|x'], [3]],
      ['what an expression does not match', {}, ['key1!~v.*'], [3]],
      ['a service by matcher', {}, ['service_name=svc2'], [4]],
      ['services by expression', {}, ['service_name=~svc[12]', 'service_name!=svc1'], [4]],
      ["Pyroscope's name of a type", {}, ['__name__=memory'], [2, 3]],
      [
        'a profile type',
        { service: 'svc2' },
        ['__profile_type__=process_cpu:cpu:nanoseconds:cpu:nanoseconds'],
        [4],
      ],
      [
        'a profile type that nothing has',
        {},
        ['__profile_type__=wall:wall:nanoseconds:wall:nanoseconds'],
        [],
      ],
      ['a service that is not there', { service: 'svc' }, [], []],
      ['a type that is not there', { type: 'cp' }, [], []],
    ])('finds those of %s', async (_, part, matchers, expected) => {
      const shelf = open();
      const ids = await fill(shelf);
      expect(await shelf.ids(part, ...matchers)).toEqual(expected.map((place) => ids[place]));
    });

    test('gives the newest ones up to a limit, in order of time', async () => {
      const shelf = open();
      const ids = await fill(shelf);
      const listed = async (limit: number, ...matchers: string[]) =>
        (await shelf.store.list(shelf.selector({ service: 'svc1' }, ...matchers), { limit })).map(
          ({ id }) => id,
        );
      expect(await listed(2)).toEqual([ids[2], ids[3]]);
      expect(await listed(1, 'key1=val1')).toEqual([ids[2]]);
      expect(await listed(100)).toEqual(ids.slice(0, 4));
    });

    test('counts both ends of the window in, to the nanosecond', async () => {
      const shelf = open();
      const times = [-1n, 0n, 59n * SECOND, 60n * SECOND, 60n * SECOND + 1n].map(
        (time) => START + HOUR + time,
      );
      const written = [];
      for (const timeNanos of times) written.push(await shelf.write({ timeNanos }));
      const found = await shelf.ids({ fromNanos: times[1]!, untilNanos: times[3]! });
      expect(found).toEqual(written.slice(1, 4).map(({ id }) => id));
      expect(await shelf.ids({ fromNanos: times[2]!, untilNanos: times[2]! })).toEqual([written[2]!.id]);
      expect(await shelf.ids({ fromNanos: times[3]!, untilNanos: times[1]! })).toEqual([]);
    });

    test('finds all that a label says when uploads come out of order of time', async () => {
      const shelf = open();
      const order = Array.from({ length: 40 }, (_, i) => (i * 17) % 40);
      for (const place of order)
        await shelf.write({ timeNanos: START + BigInt(place) * SECOND, labels: { h: String(place % 4) } });
      const listed = await shelf.store.list(shelf.selector({ service: 'svc1' }, 'h=3'));
      expect(listed.map(({ createdAtNanos }) => Number((createdAtNanos - START) / SECOND))).toEqual(
        Array.from({ length: 10 }, (_, i) => i * 4 + 3),
      );
    });

    test('finds all types, also when one has profiles after the window', async () => {
      const shelf = open();
      const late = START + 48n * HOUR;
      await shelf.write({ type: 'trace', body: Buffer.from('any'), createdAtNanos: late });
      await shelf.write({ type: 'block', timeNanos: late });
      const heap = await shelf.write({ type: 'heap', timeNanos: START });
      const wall = await shelf.write({ type: 'wall', timeNanos: START + 1n });
      expect(await shelf.ids({ service: 'svc1', untilNanos: START + HOUR })).toEqual([heap.id, wall.id]);
    });
  });

  describe('given odd names', () => {
    const names = [
      's1', 's10', 'a/b', 'a__b', 'a%2Fb', 'a b', 'ünï/日本\u{1f600}', '..', '.', 'a.b', "q'\"`\\", 'x;y,z=1+2',
    ]; // prettier-ignore

    test('keeps services apart that look alike, and lists them once, sorted', async () => {
      const shelf = open();
      const ids = new Map<string, string>();
      for (const service of names) ids.set(service, (await shelf.write({ service })).id);
      await shelf.write({ service: 's1', type: 'heap', timeNanos: START + SECOND });
      expect(await shelf.store.services(shelf.tenant)).toEqual([...names].sort());
      for (const [service, id] of ids) {
        const listed = await shelf.store.list(shelf.selector({ service, type: 'cpu' }));
        expect(listed.map((profile) => [profile.id, profile.service])).toEqual([[id, service]]);
      }
    });

    test('keeps label values byte for byte, and finds them', async () => {
      const shelf = open();
      const values = [
        'a,b',
        'a=b',
        'a+b',
        '%41',
        '100%',
        '/shop?q=1&r=2',
        'ünï日本',
        "'; --",
        '\\',
        'a\tb\nc',
        '{}"',
      ];
      for (const value of values) {
        const { id } = await shelf.write({ labels: { path: value, other: 'x' } });
        const [found, ...more] = await shelf.store.list(shelf.selector({}, `path=${value}`));
        expect(more).toEqual([]);
        expect(found).toMatchObject({ id, labels: labelsOf({ path: value, other: 'x' }) });
      }
    });

    test('takes any word for a type', async () => {
      const shelf = open();
      for (const type of ['wall', 'exception', 'a/b', 'x y', '%']) {
        const { id } = await shelf.write({ type });
        const [found, ...more] = await shelf.store.list(shelf.selector({ type }));
        expect([found?.id, found?.type, more]).toEqual([id, type, []]);
      }
    });
  });

  describe('given an upload', () => {
    test('returns its bytes untouched, and what is known of it', async () => {
      const shelf = open();
      const upload = shelf.upload({ labels: { b: '2', a: '1' }, timeNanos: START + 123_456_789n });
      const written = await shelf.store.write(upload);
      const { tenant } = shelf;
      expect(isProfileId(written.id)).toBe(true);
      expect(secondsOfId(written.id)).toBe(Number(START / SECOND));
      const facts = { tenant, service: 'svc1', type: 'cpu', labels: [['a', '1'], ['b', '2']] }; // prettier-ignore
      expect(written).toMatchObject({
        ...facts,
        createdAtNanos: START + 123_456_789n,
        bytes: upload.body.length,
        sampleTypes: [{ type: 'cpu', unit: 'nanoseconds' }],
        periodType: { type: 'cpu', unit: 'nanoseconds' },
      });
      const read = await shelf.store.read(tenant, written.id);
      expect(read!.profile).toEqual(written);
      expect(Buffer.from(read!.body).equals(upload.body)).toBe(true);
      expect(await shelf.store.list(shelf.selector())).toEqual([written]);
    });

    test('keeps a trace, whatever it is', async () => {
      const shelf = open();
      for (const body of [Buffer.alloc(0), Buffer.from(Array.from({ length: 256 }, (_, i) => i))]) {
        const { id } = await shelf.write({ type: 'trace', body, createdAtNanos: START });
        const read = await shelf.store.read(shelf.tenant, id);
        expect(Buffer.from(read!.body).equals(body)).toBe(true);
        expect(read!.profile).toMatchObject({ type: 'trace', sampleTypes: [], createdAtNanos: START });
      }
      expect(await shelf.ids({ type: 'trace' })).toHaveLength(2);
    });

    test('has the time of the profile, else that of the sender', async () => {
      const shelf = open();
      const sent = START + 5n * SECOND;
      expect((await shelf.write({ timeNanos: START, createdAtNanos: sent })).createdAtNanos).toBe(START);
      expect((await shelf.write({ timeNanos: 0n, createdAtNanos: sent })).createdAtNanos).toBe(sent);
    });

    test('gives every one an id of its own, also when they are equal and come at once', async () => {
      const shelf = open();
      const written = await Promise.all(Array.from({ length: 20 }, () => shelf.write()));
      expect(new Set(written.map(({ id }) => id)).size).toBe(20);
      expect(await shelf.ids()).toEqual(written.map(({ id }) => id).sort());
    });

    test('keeps the id that it is given, and is one profile when it comes again', async () => {
      const shelf = open();
      const { id, bytes } = await shelf.write({ labels: { a: '1' } });
      const again = await shelf.write({ labels: { a: '1' }, id });
      expect(again.id).toBe(id);
      expect(await shelf.ids()).toEqual([id]);
      expect(await shelf.store.statistics(shelf.tenant)).toMatchObject({ profiles: 1, bytes });
      expect(await shelf.sum()).toEqual(['main;work=1']);
    });

    if (can.includes('reopen'))
      test('has it after it was closed and opened again', async () => {
        const shelf = open();
        const written = await shelf.write({ labels: { a: '1' } });
        shelf.store = await shelf.traits.reopen!();
        expect(await shelf.store.list(shelf.selector({}, 'a=1'))).toEqual([written]);
        expect((await shelf.store.read(shelf.tenant, written.id))?.profile).toEqual(written);
      });
  });
}
