// A spybridge about to be killed: pushes three batches through the spool named by its argument, delivers the first, takes
// the second, and starts to write a fourth when it has said so.
import { BatchQueue } from '../../src/collect/batch-queue.ts';
import { Spool } from '../../src/collect/spool.ts';
import { Ledger } from '../../src/observe/ledger.ts';
import { plainBatch } from './plain-batch.ts';

const events = { spoolTrouble: fail, spoolRecovered: fail, spoolDamaged: fail };
const spool = await Spool.open({ dir: process.argv[2]!, limitBytes: 1e7, events });
const queue = new BatchQueue({ limitBytes: 1e7, ledger: new Ledger(), spool });
for (const id of ['delivered', 'on-the-wire', 'waiting']) await queue.push(plainBatch({ id }));
const signal = new AbortController().signal;
await queue.settle((await queue.take(signal))!);
await queue.take(signal);
process.stdout.write('ready\n');
void queue.push(plainBatch({ id: 'half-written', body: new Uint8Array(5_000_000) }));
setInterval(() => undefined, 1_000);

function fail(reason?: string): void {
  throw new Error(reason ?? 'recovered');
}
