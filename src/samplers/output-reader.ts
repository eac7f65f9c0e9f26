// Reads a sampler's output in few large reads: after each read it waits as long as the next is likely to be worth it.
// Reading each small write as it comes costs twice the CPU time at 2,000 traces per second.
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';

/** Where the bytes go: the free part of its buffer is filled in place, then `advance` is called with their number. */
export interface OutputTarget {
  free(): Uint8Array;
  advance(bytes: number): void;
  push(chunk: Uint8Array): void;
}

/** Half of a pipe's 64 KiB: the writer must never find it full. */
const AIM_BYTES = 32_768;
const SHORTEST_WAIT_MS = 2;
/** Also how long a sample may lie in the pipe. */
const LONGEST_WAIT_MS = 40;

export interface OutputReader {
  /** Settles when the last writer has closed the pipe, or after `stop`. */
  readonly ended: Promise<void>;
  /** Reads no more; for a pipe that a grandchild holds open. */
  stop(): void;
}

/** Reads from our end of an `OutputPipe`, which it owns from now on. */
export function readPipe(readFd: number, target: OutputTarget): OutputReader {
  let waitMs = SHORTEST_WAIT_MS;
  let timer: NodeJS.Timeout | undefined;
  const onRead = (bytes: number): boolean => {
    target.advance(bytes);
    if (bytes >= AIM_BYTES) {
      waitMs = Math.max(SHORTEST_WAIT_MS, waitMs / 2);
      return true;
    }
    waitMs = nextWaitMs(waitMs, bytes);
    timer = setTimeout(() => socket.resume(), waitMs);
    return false;
  };
  // `onread` is read by the constructor as by connect(), but only typed for the latter.
  const options = {
    fd: readFd,
    readable: true,
    writable: false,
    onread: { buffer: () => target.free(), callback: onRead },
  };
  const socket = new Socket(options);
  socket.resume();
  const ended = new Promise<void>((resolve) => {
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    // The pipe itself can't fail but by its end; an error closes it.
    socket.once('error', () => socket.destroy());
    socket.once('end', () => socket.destroy());
  });
  return { ended, stop: () => socket.destroy() };
}

/** The wait that would have brought `AIM_BYTES`, within the bounds and at most half as long again as the last. */
export function nextWaitMs(waitMs: number, bytes: number): number {
  const idealMs = bytes === 0 ? LONGEST_WAIT_MS : (waitMs * AIM_BYTES) / bytes;
  return Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, Math.min(idealMs, waitMs * 1.5)));
}

/** Reads an ordinary child pipe, chunk by chunk. */
export function readStream(stream: Readable, target: OutputTarget): OutputReader {
  stream.on('data', (chunk: Buffer) => {
    target.push(chunk);
  });
  const ended = new Promise<void>((resolve) => {
    stream.once('close', resolve);
    stream.once('error', () => stream.destroy());
  });
  return { ended, stop: () => stream.destroy() };
}
