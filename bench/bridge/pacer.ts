// A sampler at a steady rate: `pacer FILE RATE SECONDS` prints the file's traces over and over, one write per trace as phpspy does.
import { readFileSync, writeSync } from 'node:fs';

const [file = '', rate = '', seconds = ''] = process.argv.slice(2);
const traces = readFileSync(file, 'latin1')
  .split('\n\n')
  .filter((trace) => trace !== '')
  .map((trace) => Buffer.from(`${trace}\n\n`, 'latin1'));
const startMs = performance.now();
const last = Math.round(Number(rate) * Number(seconds));
let written = 0;

/** A pipe that the reader made non-blocking can be full: then this sampler, like phpspy, waits. */
function write(trace: Buffer): void {
  for (let at = 0; at < trace.length;) {
    try {
      at += writeSync(1, trace, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

const timer = setInterval(() => {
  const due = Math.min(last, ((performance.now() - startMs) / 1_000) * Number(rate));
  for (; written < due; written += 1) write(traces[written % traces.length]!);
  if (written >= last) clearInterval(timer);
}, 1);
