// A thread of the store that dies on command: what a query or an upload calls its service says how.
import { parentPort } from 'node:worker_threads';
import { Transaction } from '../../../src/store/lmdb/transaction.ts';

interface Asked {
  readonly args: readonly { readonly service?: string; readonly selector?: { readonly service?: string } }[];
}

function die(how: string | undefined): void {
  if (how === 'exit') process.exit(3);
  if (how === 'hang') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  if (how === 'memory') {
    const held: number[][] = [];
    for (;;) held.push(new Array<number>(10_000).fill(held.length));
  }
  if (how === 'throw') throw new Error('thrown in the thread');
}

// Before the store's own: a command is not for it.
parentPort!.on('message', ({ args }: Asked) => {
  die(args[0]?.service ?? args[0]?.selector?.service);
});

/** After the commit that this upload is part of, and before anybody hears of it. */
const put: (this: Transaction, ...args: Parameters<Transaction['put']>) => void = Reflect.get(
  Transaction.prototype,
  'put',
);
Transaction.prototype.put = function (intake, body, splits) {
  put.call(this, intake, body, splits);
  if (intake.profile.service === 'written')
    queueMicrotask(() => {
      process.exit(4);
    });
};

await import('../../../src/store/lmdb/store-worker.ts');
