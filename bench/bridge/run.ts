// One run of one program on one input: started, watched, ended, its figures read.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { readCpuMs, readPeakBytes } from '../process-facts.ts';
import type { Server } from '../server.ts';
import { readTimes } from '../cpu-times.ts';
import { readDelivered } from '../delivered.ts';
import type { RunRequest, Subject } from './subject.ts';

export interface RunFigures {
  /** User and system time of the program and its whole tree, less what the sampler wrote down as its own. */
  readonly cpuMs: number;
  readonly samplerMs: number;
  /** Share of a core that the program's own process took in the last 20 s of the sampler's life, in percent. */
  readonly steadyPercent: number;
  readonly peakMb: number;
  readonly requests: number;
  readonly sentBytes: number;
  readonly delivered: number;
}

const TIMED = path.resolve('bench/bridge/timed.sh');
const LOOK_MS = 20;
const QUIET_MS = 1_000;
const LIMIT_MS = 180_000;

export async function runOnce(
  subject: Subject,
  request: RunRequest,
  server: Server | undefined,
): Promise<RunFigures> {
  rmSync(request.costFile, { force: true });
  await server?.takeCounts();
  const timed = spawn('bash', [TIMED, ...subject.command(request)], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const stderr = collect(timed.stderr!);
  const told = collect(timed.stdio[3] as Readable);
  const watch = await watchRun({ subject, timed, told, server, costFile: request.costFile });
  const { childrenMs } = readTimes(told.text);
  const sampler = readTimes(readFileSync(request.costFile, 'utf8'));
  const samplerMs = sampler.shellMs + sampler.childrenMs;
  const counts = watch.counts;
  return {
    cpuMs: childrenMs - samplerMs,
    samplerMs,
    steadyPercent: watch.steadyPercent,
    peakMb: watch.peakBytes / 1e6,
    requests: counts.requests,
    sentBytes: counts.bytes,
    delivered: subject.name === 'gospy' ? counts.foldedSamples : readDelivered(stderr.text),
  };
}

interface Watched {
  readonly subject: Subject;
  readonly timed: ChildProcess;
  readonly told: { readonly text: string };
  readonly server: Server | undefined;
  readonly costFile: string;
}

async function watchRun({ subject, timed, told, server, costFile }: Watched) {
  const closed = once(timed, 'close');
  const startMs = performance.now();
  const looks: { atMs: number; cpuMs: number }[] = [];
  const total = { requests: 0, bytes: 0, foldedSamples: 0 };
  let peakBytes = 0;
  let isTold = false;
  let isEnding = false;
  let quietSinceMs = 0;
  while (timed.exitCode === null) {
    await sleep(LOOK_MS);
    const pid = Number(/^pid (\d+)$/m.exec(told.text)?.[1] ?? NaN);
    if (Number.isNaN(pid) || told.text.includes('exit ')) continue;
    peakBytes = Math.max(peakBytes, readPeakBytes(pid) ?? 0);
    const hasSamplerEnded = existsSync(costFile);
    const cpuMs = hasSamplerEnded ? undefined : readCpuMs(pid);
    if (cpuMs !== undefined) looks.push({ atMs: performance.now(), cpuMs });
    if (hasSamplerEnded && !isTold) {
      isTold = true;
      quietSinceMs = performance.now();
    }
    if (isTold && !subject.endsItself && !isEnding && performance.now() - quietSinceMs > QUIET_MS) {
      const requests = server === undefined ? 0 : add(total, await server.takeCounts());
      quietSinceMs = performance.now();
      if (requests === 0) {
        isEnding = true;
        process.kill(pid, 'SIGTERM');
      }
    }
    if (performance.now() - startMs > LIMIT_MS) process.kill(pid, 'SIGKILL');
  }
  await closed;
  if (server !== undefined) add(total, await server.takeCounts());
  return { peakBytes, steadyPercent: steadyPercent(looks), counts: total };
}

function add(
  total: { requests: number; bytes: number; foldedSamples: number },
  more: { requests: number; bytes: number; foldedSamples: number },
): number {
  total.requests += more.requests;
  total.bytes += more.bytes;
  total.foldedSamples += more.foldedSamples;
  return more.requests;
}

/** Two flush intervals: a whole number of them, or a flush more or less would decide. */
const STEADY_MS = 20_000;

function steadyPercent(looks: readonly { readonly atMs: number; readonly cpuMs: number }[]): number {
  const last = looks.at(-1);
  const first = looks.find((look) => last !== undefined && look.atMs >= last.atMs - STEADY_MS);
  if (first === undefined || last === undefined || last.atMs <= first.atMs) return NaN;
  return (100 * (last.cpuMs - first.cpuMs)) / (last.atMs - first.atMs);
}

function collect(stream: Readable): { readonly text: string } {
  const collected = { text: '' };
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    collected.text = (collected.text + chunk).slice(-100_000);
  });
  return collected;
}
