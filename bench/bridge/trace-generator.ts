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

/** Every trace another stack; `isStrange`: and every frame a function that was never seen before, as no application has them. */
export function generateDistinct(depth: number, count: number, isStrange = false): string[] {
  return Array.from(
    { length: count },
    (_, stack) =>
      `${frameLines(stack, depth, isStrange ? `of${stack}` : '')}# glopeek server.REQUEST_URI = /shop/${stack % 100}\n\n`,
  );
}

/** Close to Zipf's law with exponent 1: the logarithm of the rank is uniform. */
function draw(random: () => number, count: number): number {
  return Math.min(count - 1, Math.floor((count + 1) ** random()) - 1);
}

/** Frames on the leaf side of which each of a route's stacks has its own choice. */
const CHOSEN_FRAMES = 6;
const CHOICES = 12;

/**
 * Leaf first. As in an application, stacks share their frames: the outer ones are the route's, the inner ones spell the stack's number
 * in digits. So there are some thousand frames, however many stacks.
 */
function frameLines(stack: number, depth: number, suffix = ''): string {
  const route = stack % ROUTES;
  let variant = Math.floor(stack / ROUTES);
  let text = '';
  for (let index = 0; index < depth - 1; index += 1) {
    const choice = index < CHOSEN_FRAMES ? variant % CHOICES : 0;
    variant = Math.floor(variant / CHOICES);
    const room = rooms[(route + index) % rooms.length]!;
    const place = `Class${route}Part${index}`;
    text += `${index} App\\${room}\\${place}::method${choice}${suffix} /srv/app/src/${room}/${place}.php:${20 * choice + index}\n`;
  }
  return `${text}${depth - 1} <main> /srv/app/public/index.php:1\n`;
}
