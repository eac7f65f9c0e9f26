// The server of the benchmarks, in a process of its own so that its CPU time is nobody's: answers 200 to everything and counts.
// Started with fork(); the word of the command line is its behaviour: `answer`, or `hang` (reads, never answers).
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SinkCounts {
  readonly requests: number;
  /** Of bodies, as sent. */
  readonly bytes: number;
  /** Of folded bodies only; what is pprof is counted by its sender. */
  readonly foldedSamples: number;
  /** By Date.now(). */
  readonly lastRequestMs: number;
}

let counts: SinkCounts = { requests: 0, bytes: 0, foldedSamples: 0, lastRequestMs: 0 };
const isHanging = process.argv[2] === 'hang';

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    const isFolded = request.url?.includes('format=folded') === true;
    counts = {
      requests: counts.requests + 1,
      bytes: counts.bytes + body.length,
      foldedSamples: counts.foldedSamples + (isFolded ? countFolded(body) : 0),
      lastRequestMs: Date.now(),
    };
    if (!isHanging) response.end();
  });
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('message', () => {
  process.send?.(counts);
  counts = { ...counts, requests: 0, bytes: 0, foldedSamples: 0 };
});
process.on('disconnect', () => process.exit());

/** The sum of the counts at the line ends. */
function countFolded(body: Buffer): number {
  let sum = 0;
  for (const line of body.toString('latin1').split('\n')) {
    if (line !== '') sum += Number(line.slice(line.lastIndexOf(' ') + 1));
  }
  return sum;
}
