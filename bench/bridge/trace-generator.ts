// Made-up traces in phpspy's text, the same on every machine: a seeded generator draws stacks and URIs.

export interface TraceShape {
  /** Distinct stacks; each route has its own share of them. */
  readonly stacks: number;
  readonly uris: number;
  readonly depth: number;
}

/** mulberry32: small, seeded, good enough to draw with. */
export function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const ROUTES = 40;
const rooms = ['Controller', 'Repository', 'Entity', 'Twig', 'EventListener', 'Cache', 'Http', 'Security'];

/** `count` traces with their blank lines; hot stacks and URIs are drawn more often than cold ones. */
export function generateTraces(shape: TraceShape, count: number, seed = 1): string[] {
  const random = makeRandom(seed);
  const frames = Array.from({ length: shape.stacks }, (_, stack) => frameLines(stack, shape.depth));
  return Array.from({ length: count }, () => {
    const uri = draw(random, shape.uris);
    return `${frames[draw(random, shape.stacks)]!}# glopeek server.REQUEST_URI = /shop/${uri}?page=${uri % 7}\n\n`;
  });
}

/** Every trace another stack. */
export function generateDistinct(depth: number, count: number): string[] {
  return Array.from(
    { length: count },
    (_, stack) => `${frameLines(stack, depth)}# glopeek server.REQUEST_URI = /shop/${stack % 100}\n\n`,
  );
}

/** Close to Zipf's law with exponent 1: the logarithm of the rank is uniform. */
function draw(random: () => number, count: number): number {
  return Math.min(count - 1, Math.floor((count + 1) ** random()) - 1);
}

/** Leaf first. The outer frames are the route's, the inner ones tell stacks apart, as in an application. */
function frameLines(stack: number, depth: number): string {
  const route = stack % ROUTES;
  let text = '';
  for (let index = 0; index < depth - 1; index += 1) {
    const isLeafSide = index < 6;
    const number = (isLeafSide ? Math.floor(stack / ROUTES) * 31 + index * 7 : index * 13) % 997;
    const room = rooms[(route + index) % rooms.length]!;
    const name = `App\\${room}\\Class${route}x${number}::method${index}`;
    text += `${index} ${name} /srv/app/src/${room}/Class${route}x${number}.php:${(stack + index) % 500}\n`;
  }
  return `${text}${depth - 1} <main> /srv/app/public/index.php:1\n`;
}
