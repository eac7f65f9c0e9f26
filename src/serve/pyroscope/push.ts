// push.v1.PusherService/Push: series of pprof profiles. Each profile is stored for itself; what is stored stays when a later one is
// refused, and the answer says how many that are.
import { createHash } from 'node:crypto';
import type { Hono } from 'hono';
import type { Label } from '../../model/labels.ts';
import { NO_SAMPLES } from '../../store/intake.ts';
import { StoreError } from '../../store/store.ts';
import type { ProfileStore } from '../../store/store.ts';
import type { StoredProfile, Upload } from '../../store/profile.ts';
import type { ServeContext, ServeEnv } from '../context.ts';
import { HttpProblem } from '../problem.ts';
import { countUpload } from '../uploads.ts';
import type { Message } from './connect/message.ts';
import { problemOf } from './connect/problem.ts';
import { serveUnary } from './connect/unary.ts';
import { Empty, PushRequest } from './messages.ts';
import { identifySeries } from './series-labels.ts';

/** Reasons in one answer; more are counted only. */
const MAX_REASONS = 10;
/** Stores wait for the disk once for what comes together; each may be a profile of the greatest size. */
const CONCURRENT_WRITES = 4;

interface Failure {
  readonly where: string;
  readonly problem: HttpProblem;
}

export function servePush(app: Hono<ServeEnv>, context: ServeContext): void {
  serveUnary(app, context.bounds, {
    path: '/push.v1.PusherService/Push',
    request: PushRequest,
    response: Empty,
    answer: async (request, { tenant }) => {
      await push(context, request, tenant);
      return {};
    },
  });
}

/** Undefined for a profile without samples: there is nothing to keep, and that is no error of the sender. Throws StoreError. */
export async function storeUpload(store: ProfileStore, upload: Upload): Promise<StoredProfile | undefined> {
  try {
    return await store.write(upload);
  } catch (error) {
    if (error instanceof StoreError && error.message === NO_SAMPLES) return undefined;
    throw error;
  }
}

async function push(
  context: ServeContext,
  request: Message<typeof PushRequest>,
  tenant: string,
): Promise<void> {
  const tasks = request.series.flatMap((series, i) => tasksOf(series, { context, tenant, place: i + 1 }));
  const failures: Failure[] = [];
  for (let first = 0; first < tasks.length; first += CONCURRENT_WRITES) {
    const results = await Promise.all(tasks.slice(first, first + CONCURRENT_WRITES).map((task) => task()));
    failures.push(...results.filter((result) => result !== undefined));
  }
  if (failures.length === 0) return;
  if (tasks.length === 1) throw failures[0]!.problem;
  const reasons = failures
    .slice(0, MAX_REASONS)
    .map(({ where, problem }) => `${where}: ${problem.message}`)
    .join(' ');
  const more = failures.length > MAX_REASONS ? ` (and ${failures.length - MAX_REASONS} more)` : '';
  throw new HttpProblem(
    statusOf(failures.map(({ problem }) => problem.status)),
    `${tasks.length - failures.length} of ${tasks.length} profiles are stored, the others are not: ${reasons}${more}`,
  );
}

/** What may succeed later goes before what never will: the sender may send all of it again. */
function statusOf(statuses: readonly HttpProblem['status'][]): HttpProblem['status'] {
  return statuses.find((status) => status >= 500) ?? statuses[0]!;
}

/** One for each profile: it stores it, or says why it cannot. */
function tasksOf(
  series: Message<typeof PushRequest>['series'][number],
  {
    context,
    tenant,
    place,
  }: { readonly context: ServeContext; readonly tenant: string; readonly place: number },
): readonly (() => Promise<Failure | undefined>)[] {
  const labels = series.labels.map(({ name, value }): Label => [name, value]);
  if (series.samples.length === 0) {
    const problem = new HttpProblem(400, 'The series has no profiles.');
    return [() => Promise.resolve({ where: `series ${place}`, problem })];
  }
  return series.samples.map(({ rawProfile, ID }, i) => async () => {
    try {
      await countUpload(context, { api: 'push', format: 'pprof' }, async () => {
        const identity = identifySeries(labels);
        return storeUpload(context.store, {
          tenant,
          ...identity,
          createdAtNanos: undefined,
          body: rawProfile,
          splitsSeries: true,
          key: ID === '' ? undefined : keyOf(rawProfile, [tenant, ID, identity]),
        });
      });
      return undefined;
    } catch (error) {
      return { where: `profile ${i + 1} of series ${place}`, problem: problemOf(error) };
    }
  });
}

/** A sender that repeats a push repeats its ids. All else is part of it, as nobody vouches that ids differ. */
function keyOf(body: Uint8Array, facts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(facts)).update(body).digest('hex');
}
