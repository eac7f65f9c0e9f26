// profefe's HTTP API under /api/0: its parameters, envelope and ids, for its clients as they are.
import { Hono } from 'hono';
import type { Context } from 'hono';
import { StoreError } from '../../store/store.ts';
import { readBody } from '../body.ts';
import type { ServeContext, ServeEnv } from '../context.ts';
import { HttpProblem } from '../problem.ts';
import { countUpload } from '../uploads.ts';
import { envelope, modelOf } from './envelope.ts';
import { missingHeaders, splitIds } from './ids.ts';
import { mergeIds, mergeQuery, nothingFound } from './merge.ts';
import { listPage } from './page.ts';
import { readQuery, readUpload } from './parameters.ts';

type Asked = Context<ServeEnv>;

/** `version` is this program's. */
export function profefeApi(context: ServeContext, version: string): Hono<ServeEnv> {
  const app = new Hono<ServeEnv>();
  app.post('/api/0/profiles', (asked) => collect(context, asked));
  app.get('/api/0/profiles', (asked) => list(context, asked));
  app.get('/api/0/profiles/merge', (asked) => merge(context, asked));
  app.get('/api/0/profiles/:ids', (asked) => get(context, asked));
  app.delete('/api/0/profiles/:ids', (asked) => remove(context, asked));
  app.get('/api/0/services', async (asked) => {
    const services = await context.store.services(asked.get('tenant'));
    if (services.length === 0) throw nothingFound();
    return json(envelope([...services].sort()));
  });
  app.get('/api/0/version', () =>
    json(envelope({ version, commit: '', build_time: '', go_version: `node ${process.version}` })),
  );
  return app;
}

async function collect(context: ServeContext, asked: Asked): Promise<Response> {
  const { store, bounds, now } = context;
  const format = asked.req.query('type') === 'trace' ? 'trace' : 'pprof';
  const stored = await countUpload(context, { api: 'profefe', format }, async () => {
    const parameters = readUpload(parametersOf(asked), now());
    const body = await readBody(asked, bounds.bodyBytes);
    const upload = { ...parameters, tenant: asked.get('tenant'), body };
    return store.write(upload).catch(refuseUpload);
  });
  return json(envelope(modelOf(stored)));
}

/** In profefe's words. */
function refuseUpload(error: unknown): never {
  if (!(error instanceof StoreError)) throw error;
  if (error.code === 'malformed')
    throw new HttpProblem(400, `malformed profile (could not parse pprof profile: ${error.message})`);
  throw error;
}

async function list(context: ServeContext, asked: Asked): Promise<Response> {
  const { now } = context;
  const parameters = parametersOf(asked);
  const query = readQuery(parameters, { tenant: asked.get('tenant'), now: now() });
  const { profiles, next } = await listPage(context, query, parameters.get('cursor'));
  if (profiles.length === 0) throw nothingFound();
  return json(envelope(profiles.map(modelOf), next === undefined ? {} : { next }));
}

async function merge(context: ServeContext, asked: Asked): Promise<Response> {
  const asker = { tenant: asked.get('tenant'), now: context.now() };
  const query = readQuery(parametersOf(asked), asker, "can't merge profiles of unknown type");
  return attachment(await mergeQuery(context, query), query.selector.type ?? 'merge');
}

/** One id: the bytes as they were sent. Several: their sum. */
async function get(context: ServeContext, asked: Asked): Promise<Response> {
  const tenant = asked.get('tenant');
  const ids = splitIds(asked.req.param('ids') ?? '', context.bounds.mergedProfiles);
  if (ids.length > 1) {
    const { body, missingIds } = await mergeIds(context, tenant, ids);
    return attachment(body, 'merge', missingHeaders(missingIds));
  }
  const found = await context.store.read(tenant, ids[0]);
  if (found === undefined) throw nothingFound();
  return attachment(found.body, ids[0]);
}

async function remove({ store, bounds }: ServeContext, asked: Asked): Promise<Response> {
  const missingIds: string[] = [];
  const ids = new Set(splitIds(asked.req.param('ids') ?? '', bounds.mergedProfiles));
  for (const id of ids) if ((await store.delete(asked.get('tenant'), { id })) === 0) missingIds.push(id);
  if (missingIds.length === ids.size) throw nothingFound();
  return json(envelope({ deleted: ids.size - missingIds.length }), missingHeaders(missingIds));
}

function parametersOf(asked: Asked): URLSearchParams {
  return new URL(asked.req.url).searchParams;
}

function json(body: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(body, { headers: { 'content-type': 'application/json', ...headers } });
}

function attachment(
  body: Uint8Array,
  name: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(body as Uint8Array<ArrayBuffer>, {
    headers: {
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="${name}"`,
      ...headers,
    },
  });
}
