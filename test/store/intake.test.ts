import { describe, expect, test } from 'vitest';
import type { Upload } from '../../src/store/profile.ts';
import { MAX_SERIES_PER_PROFILE, openUpload } from '../../src/store/intake.ts';
import { makePprof } from '../fixtures/pprof-samples.ts';

const NOW = 1_700_000_000_000_000_000n;
const upload: Upload = {
  tenant: 'anonymous',
  service: 'shop',
  type: 'wall',
  labels: [['env', 'prod']],
  createdAtNanos: undefined,
  body: makePprof({ samples: [{ stack: 'main;work', values: [3] }] }),
  splitsSeries: true,
};

describe('an upload', () => {
  test('is of the time that the profile says, or else its sender, or else of now', async () => {
    const timed = makePprof({ samples: [{ stack: 'main', values: [1] }], timeNanos: NOW - 5n });
    const timeOf = async (changed: Partial<Upload>): Promise<bigint> =>
      (await openUpload({ ...upload, ...changed }, NOW)).profile.createdAtNanos;
    expect(await timeOf({ body: timed, createdAtNanos: 7n })).toBe(NOW - 5n);
    expect(await timeOf({ createdAtNanos: 7n })).toBe(7n);
    expect(await timeOf({})).toBe(NOW);
  });

  test.each(['milli', 'micro'])('that counts %sseconds for nanoseconds says no time at all', async (unit) => {
    const timeNanos = NOW / (unit === 'milli' ? 1_000_000n : 1_000n);
    const body = makePprof({ samples: [{ stack: 'main', values: [1] }], timeNanos });
    const { profile } = await openUpload({ ...upload, body, createdAtNanos: 7n }, NOW);
    expect(profile.createdAtNanos).toBe(7n);
  });

  test('keeps an id that it brings, where it is one', async () => {
    const id = '9bsv0s3ipt32jfck6kt0';
    expect((await openUpload({ ...upload, id }, NOW)).profile.id).toBe(id);
    for (const odd of ['', 'abc', '../../etc', `${id}0`])
      await expect(openUpload({ ...upload, id: odd }, NOW)).rejects.toMatchObject({ code: 'malformed' });
  });

  test('is split into series by the texts of its samples, but not by spans', async () => {
    const body = makePprof({
      samples: [
        { stack: 'main;a', values: [1], labels: { uri: '/a', span_id: '0123456789abcdef' } },
        { stack: 'main;b', values: [2], labels: { uri: '/b' } },
        { stack: 'main;c', values: [3], labels: { uri: '/a' } },
        { stack: 'main', values: [4] },
      ],
    });
    const { series } = await openUpload({ ...upload, body }, NOW);
    expect(series).toEqual([
      { sampleLabels: [['uri', '/a']], samples: [0, 2] },
      { sampleLabels: [['uri', '/b']], samples: [1] },
      { sampleLabels: [], samples: [3] },
    ]);
    const whole = await openUpload({ ...upload, body, splitsSeries: false }, NOW);
    expect(whole.series).toEqual([{ sampleLabels: [], samples: [0, 1, 2, 3] }]);
  });

  test('of type trace may be anything', async () => {
    const { profile, pprof } = await openUpload({ ...upload, type: 'trace', body: new Uint8Array(0) }, NOW);
    expect(pprof).toBeUndefined();
    expect(profile).toMatchObject({ bytes: 0, sampleTypes: [], createdAtNanos: NOW });
  });

  test.each([
    ['nothing', new Uint8Array(0), 'parsing profile: empty input file'],
    ['a text', Buffer.from('not a pprof'), /^parsing profile: unrecognized profile format/],
    ['a broken gzip', upload.body.subarray(0, 20), 'decompressing profile: unexpected EOF'],
    ['no samples', makePprof({ samples: [] }), 'profile is empty: no samples'],
  ])('that is %s is refused', async (_, body, message) => {
    await expect(openUpload({ ...upload, body }, NOW)).rejects.toMatchObject({
      name: 'StoreError',
      code: 'malformed',
      message: message instanceof RegExp ? (expect.stringMatching(message) as string) : message,
    });
  });

  test('has a bound on its size and on its series', async () => {
    await expect(openUpload(upload, NOW, 10)).rejects.toMatchObject({ code: 'too_large' });
    const many = Array.from({ length: MAX_SERIES_PER_PROFILE + 1 }, (_, i) => ({
      stack: 'main',
      values: [1],
      labels: { uri: `/${i}` },
    }));
    await expect(openUpload({ ...upload, body: makePprof({ samples: many }) }, NOW)).rejects.toMatchObject({
      code: 'too_large',
    });
  });
});
