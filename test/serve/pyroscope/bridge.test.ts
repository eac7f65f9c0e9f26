// This project's own bridge as a client: both of its ways to deliver end in the same profile.
import { expect, test } from 'vitest';
import { BatchMaker } from '../../../src/deliver/batch-maker.ts';
import { PyroscopeDestination } from '../../../src/deliver/pyroscope/destination.ts';
import { makeLabels } from '../../../src/model/labels.ts';
import { UniqueTime } from '../../../src/model/unique-time.ts';
import { profileOf } from '../../fixtures/profiles.ts';
import { ApiServer, NOW } from './api-server.ts';

test.each(['push', 'ingest'] as const)('what the bridge delivers by %s is there', async (api) => {
  const server = await new ApiServer().start();
  const destination = new PyroscopeDestination({
    api,
    access: { url: new URL(server.url), timeoutMs: 10_000, connections: 1, userAgent: 'test' },
    onFallback: () => undefined,
    onClockSkew: () => undefined,
  });
  try {
    const labels = makeLabels([
      ['service_name', 'my.shop'],
      ['env', 'prod'],
      ['odd', 'a}b,c=d'],
    ]);
    const profile = {
      ...profileOf([
        [['main', 'work'], 3],
        [['main'], 1],
      ]),
      timeNanos: NOW - 60_000_000_000n,
    };
    const [batch] = new BatchMaker(labels, new UniqueTime()).make(profile).batches;
    // Tried again when its answer was lost on the way: by push it is known by its id.
    for (let i = 0; i < (api === 'push' ? 2 : 1); i++)
      expect(await destination.deliver(batch!, new AbortController().signal)).toEqual({ kind: 'delivered' });
    const query = {
      profileTypeID: 'wall:wall:nanoseconds:cpu:nanoseconds',
      labelSelector: '{service_name="my.shop",env="prod",odd=~"a.+d"}',
      start: String((NOW - 120_000_000_000n) / 1_000_000n),
      end: String(NOW / 1_000_000n),
    };
    expect((await server.query('SelectMergeStacktraces', query)).json).toMatchObject({
      flamegraph: { names: ['total', 'main', 'work'], total: '40000000', maxSelf: '30000000' },
    });
    const [stored] = await server.store.list({
      ...{ tenant: 'anonymous', service: 'my.shop', type: 'wall', matchers: [] },
      ...{ fromNanos: 0n, untilNanos: NOW },
    });
    expect(stored!.createdAtNanos).toBe(batch!.timeNanos);
  } finally {
    await destination.close();
    await server.stop();
  }
});
