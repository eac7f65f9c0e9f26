// Bounds that no client should ever reach.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HttpProblem } from '../../../src/serve/problem.ts';
import { readMultipart } from '../../../src/serve/pyroscope/ingest/multipart.ts';
import { sumPoints } from '../../../src/serve/pyroscope/querier/points.ts';
import { selectionOf } from '../../../src/serve/pyroscope/querier/selection.ts';
import { makePprof } from '../../fixtures/pprof-samples.ts';
import { ALL_CPU, ApiServer, CPU_ID, NOW, NOW_MS } from './api-server.ts';

test('an answer has no more points than the bound', async () => {
  const api = await new ApiServer().start();
  try {
    for (const secondsAgo of [100, 80, 60])
      await api.have({
        samples: [{ stack: 'a', values: [1] }],
        timeNanos: NOW - BigInt(secondsAgo) * 1_000_000_000n,
      });
    const [startMs, endMs] = [BigInt(NOW_MS - 3_600_000), BigInt(NOW_MS)];
    const fields = { profileTypeID: CPU_ID, labelSelector: '{}', start: startMs, end: endMs };
    const query = {
      selection: selectionOf(fields, 'anonymous'),
      startMs,
      endMs,
      stepMs: 10_000n,
      groupBy: [],
      isMean: false,
      limit: 0,
    };
    expect((await sumPoints(api.store, query, 3))[0]!.points).toHaveLength(3);
    await expect(sumPoints(api.store, query, 2)).rejects.toMatchObject({ status: 422 });
  } finally {
    await api.stop();
  }
});

test('a push tells ten reasons, and how many more there are', async () => {
  const api = await new ApiServer().start();
  try {
    const profiles = Array.from({ length: 12 }, () => Buffer.from('no profile'));
    const { json } = await api.push([{ labels: { __name__: 'wall' }, profiles }]);
    const { message } = json as { message: string };
    expect(message).toMatch(/^0 of 12 profiles are stored.* \(and 2 more\)$/);
    expect(message.match(/profile \d+ of series 1/g)).toHaveLength(10);
  } finally {
    await api.stop();
  }
});

test('trouble of the storage is worth another try', async () => {
  const api = await new ApiServer().start();
  try {
    const { StoreError } = await import('../../../src/store/store.ts');
    for (const [code, status] of [
      ['unavailable', 503],
      ['full', 507],
      ['broken', 500],
    ] as const) {
      api.store.write = () => Promise.reject(new StoreError(code, 'No.'));
      const profile = makePprof({ samples: [{ stack: 'a', values: [1] }] });
      expect(await api.push([{ labels: { __name__: 'wall' }, profiles: [profile] }])).toMatchObject({
        status,
      });
      const mixed = [Buffer.from('x'), profile];
      expect(await api.push([{ labels: { __name__: 'wall' }, profiles: mixed }])).toMatchObject({ status });
      const body = Buffer.from(profile);
      expect(await api.send('/ingest?name=a&format=pprof', { method: 'POST', body })).toMatchObject({
        status,
      });
      api.store.merge = () => Promise.reject(new StoreError(code, 'No.'));
      expect(await api.query('SelectMergeStacktraces', ALL_CPU)).toMatchObject({
        status,
        json: { message: 'No.' },
      });
    }
  } finally {
    await api.stop();
  }
});

describe('a form', () => {
  const type = 'multipart/form-data; boundary=b';
  const fieldsOf = (text: string): Record<string, string> =>
    Object.fromEntries(
      [...readMultipart(type, Buffer.from(text))].map(([name, value]) => [
        name,
        Buffer.from(value).toString(),
      ]),
    );

  test('is read field by field', () => {
    const head = 'Content-Disposition: form-data; name=';
    const text = `preamble\r\n--b\r\n${head}"a"; filename="x"\r\nContent-Type: x\r\n\r\n1\r\n--b2\r\n\r\n--b\r\n${head}c\r\n\r\n\r\n--b--`;
    expect(fieldsOf(text)).toEqual({ a: '1\r\n--b2\r\n', c: '' });
  });

  test('with a long head is refused', () => {
    expect(() => fieldsOf(`--b\r\nx: ${'y'.repeat(9_000)}\r\n\r\n1\r\n--b--`)).toThrow(HttpProblem);
  });

  test('is read whatever the bytes, or refused', () => {
    const part = fc.constantFrom(
      '--b',
      '\r\n',
      '--',
      'Content-Disposition: form-data; name="a"',
      'x',
      '\r\n\r\n',
      ';',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
        try {
          fieldsOf(parts.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(HttpProblem);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
