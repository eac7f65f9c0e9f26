// What the tests need of a web server with PHP in it, whatever its kind, and what samples of it must say.
import { expect } from 'vitest';
import type { RecordedSample } from '../../fixtures/recording-sink.ts';
import type { SamplerResult } from './sampler-run.ts';
import { stackOf } from './sampler-run.ts';
import { cutShort, expectOnly, FRONT, SHAPES } from './shapes.ts';

export interface WebServer {
  /** Of the master. */
  readonly pid: number;
  /** For -P: this server's processes and no other's. */
  readonly pattern: string;
  /** Asks for a script of the fixtures, such as /shapes.php; any other URI goes to front.php. Answers its output. */
  get(uri: string): Promise<string>;
  stop(): Promise<void>;
}

const FIRST_TRIES = 100;
const USERS = 2;

/** Waits until a server that has just been started answers. */
export async function answering<T extends WebServer>(server: T): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      await server.get('/first');
      return server;
    } catch (error) {
      if (tries === FIRST_TRIES) {
        await server.stop();
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Two users ask the front controller, while one worker works in all the shapes of shapes.php, until the run is over. */
export async function loadDuring(server: WebServer, run: Promise<SamplerResult>): Promise<SamplerResult> {
  let isOver = false;
  void server.get('/shapes.php').catch(() => undefined); // ends with the server
  const user = async (): Promise<void> => {
    for (let n = 0; !isOver; n++) {
      expect(await server.get(n % 2 ? '/first?n=1' : '/second?n=2')).toBe('done');
    }
  };
  const users = Promise.all(Array.from({ length: USERS }, user));
  const end = run.finally(() => {
    isOver = true;
  });
  const [result] = await Promise.all([end, users]);
  return result;
}

/** The sampler's options for the facts that expectFacts() looks at, and their keys. */
export const FACT_OPTIONS = ['-r', 'qcup', '-g', 'server.REQUEST_URI', '-g', 'server.HTTP_HOST'];
export const FACT_KEYS = [
  ...['uri', 'qstring', 'cookie', 'path', 'glopeek server.REQUEST_URI', 'glopeek server.HTTP_HOST'],
];

function factsOf(uri: string, script: string): Record<string, unknown> {
  const [path, query = ''] = uri.split('?');
  return {
    ...{ uri: path, 'glopeek server.REQUEST_URI': uri, 'glopeek server.HTTP_HOST': 'shop.test' },
    ...(query && { qstring: query }),
    ...{ cookie: 'crumb=1', path: expect.stringMatching(new RegExp(`/${script}$`)) as string },
  };
}

const WEB_STACKS = cutShort([...SHAPES, ...FRONT]);
const ONLY_SHAPES = new RegExp(`^<main>;(${SHAPES.map((stack) => stack.split(';')[0]).join('|')})(;|$)`);

/** Every stack is one that the scripts can have, and belongs to the request that the facts are of. */
export function expectStacksWithFacts(samples: readonly RecordedSample[]): void {
  expectOnly(samples, WEB_STACKS);
  const seen = { first: 0, second: 0, shapes: 0 };
  for (const one of samples) {
    const stack = stackOf(one);
    const [, name] = /^<main>;(first|second)\b/.exec(stack) ?? [];
    const facts = Object.fromEntries(one.metas);
    if (name === 'first' || name === 'second') {
      seen[name]++;
      expect(facts).toMatchObject(factsOf(name === 'first' ? '/first?n=1' : '/second?n=2', 'front.php'));
    } else if (ONLY_SHAPES.test(stack)) {
      seen.shapes++;
      expect(facts).toMatchObject(factsOf('/shapes.php', 'shapes.php'));
    }
  }
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(100);
}
