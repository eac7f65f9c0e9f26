// @ts-check
// The slow backend of the demo shop: takes its time and answers one line.
import net from 'node:net';

/**
 * @param {number} delayMs
 * @returns {Promise<{address: string, stop: () => Promise<void>}>} address as PHP's stream functions want it
 */
export async function startPaymentService(delayMs) {
  const server = net.createServer((connection) => {
    connection.on('error', () => connection.destroy());
    connection.once('data', () => {
      setTimeout(() => connection.end('paid\n'), delayMs);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    address: `tcp://127.0.0.1:${port}`,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
