// @ts-check
// Drives the demo shop with a fixed mix of requests and keeps the truth: how long PHP worked per path.

/** Requests of one round; a path that comes twice is asked for twice as often. */
export const MIX = [
  '/report?month=3',
  '/products?q=ab',
  '/checkout?order=7',
  '/page?title=hello',
  '/products?q=c0',
  '/tree?depth=300',
  '/checkout?order=8',
  '/page?title=world',
];

/**
 * @typedef {object} Truth
 * @property {number} requests
 * @property {number} micros that PHP worked on them
 */

/**
 * Asks for the mix again and again for `ms`, or until `signal` aborts; `users` requests are under way at any time.
 * @param {{get: (uri: string) => Promise<{headers: string}>}} server
 * @param {{users: number, ms: number, signal?: AbortSignal, mix?: readonly string[]}} options
 * @returns {Promise<Map<string, Truth>>} by path, without the query
 */
export async function drive(server, { users, ms, signal, mix = MIX }) {
  /** @type {Map<string, Truth>} */
  const truths = new Map();
  const endAt = performance.now() + ms;
  let turn = 0;
  const user = async () => {
    while (signal?.aborted !== true && performance.now() < endAt) {
      const uri = mix[turn++ % mix.length] ?? '/';
      const { headers } = await server.get(uri);
      const took = Number(/^X-Duration-Us: (\d+)/m.exec(headers)?.[1] ?? 0);
      const path = uri.replace(/\?.*/, '');
      const { requests, micros } = truths.get(path) ?? { requests: 0, micros: 0 };
      truths.set(path, { requests: requests + 1, micros: micros + took });
    }
  };
  await Promise.all(Array.from({ length: users }, user));
  return truths;
}
