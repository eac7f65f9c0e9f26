// Sampler and bridge together: 75 php-fpm workers at 25 Hz, 50 frames deep, a tag per URL, delivered to a server.
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readDelivered } from '../delivered.ts';
import { readChildren, readCpuMs, readPeakBytes } from '../process-facts.ts';
import { Server } from '../server.ts';
import type { Case, Figures, Surroundings } from './case.ts';
import { Child } from './children.ts';
import { callStack, stackSource } from './php-source.ts';
import { Pool, timedScript } from './pool.ts';

const WORKERS = 75;
const DEPTH = 50;
const RATE_HZ = 25;
/** Two flush intervals: a whole number of them, or a flush more or less would decide. */
const FLUSHES_MS = 20_000;
/** By then Node's compiler has done most of its work, as in a program that runs for months. */
const WARM_MS = 30_000;
const LEAF = `$until = $_SERVER['REQUEST_TIME_FLOAT'] + (float) ($_GET['seconds'] ?? 0); do { usleep(50000); } while (microtime(true) < $until); return 1;`;

export interface WholeWayOptions {
  readonly bridge: string;
  readonly sampler: string;
  readonly isQuick: boolean;
}

export function wholeWay({ bridge, sampler, isQuick }: WholeWayOptions): Case {
  const [warmMs, windowMs] = isQuick ? [3_000, 2_000] : [WARM_MS, FLUSHES_MS];
  return {
    ...{ name: 'the whole way', roundsMax: 1, isShared: false },
    async start({ place }: Surroundings) {
      const script = place.file('long.php');
      writeFileSync(script, timedScript(stackSource({ depth: DEPTH, leaf: LEAF }), callStack()));
      const pool = await Pool.start(place, script, { workers: WORKERS });
      const server = await Server.start('answer');
      const log = place.file('bridge.log');
      const command = [
        ...[process.execPath, bridge, 'run', '--pyroscope', server.url, '--app', 'bench'],
        ...['--tag', 'uri={{ "glopeek server.REQUEST_URI" }}', '--max-tag-values', '1000'],
        ...['--sample-rate', String(RATE_HZ), '--rate-mb', '0', '--log-format', 'json', '--'],
        ...[sampler, '-P', pool.pgrep, '-H', String(RATE_HZ), '-g', 'server.REQUEST_URI'],
      ];
      return {
        async measure() {
          const seconds = (warmMs + windowMs) / 1_000 + 2;
          const requests = Array.from({ length: WORKERS }, (_, n) =>
            pool.get(script, `/shop/${n}?seconds=${seconds}`),
          );
          const run = startLogged(command, log);
          const [figures] = await Promise.all([watch(run, warmMs, windowMs), ...requests]);
          await run.stop('SIGTERM');
          const { requests: uploads } = await server.takeCounts();
          return { ...figures, 'samples delivered': readDelivered(readFileSync(log, 'utf8')), uploads };
        },
        async stop() {
          server.stop();
          await pool.stop();
        },
      };
    },
  };
}

function startLogged(command: readonly string[], log: string): Child {
  const fd = openSync(log, 'w');
  const child = new Child(command, { stdio: ['ignore', 'ignore', fd], endSignal: 'SIGTERM' });
  closeSync(fd);
  return child;
}

async function watch(bridge: Child, warmMs: number, windowMs: number): Promise<Figures> {
  await sleep(warmMs);
  const [sampler] = readChildren(bridge.pid);
  if (sampler === undefined) throw new Error('spybridge has no sampler.');
  const look = () => ({ bridgeMs: readCpuMs(bridge.pid)!, samplerMs: readCpuMs(sampler)! });
  const first = look();
  await sleep(windowMs);
  const last = look();
  const bridgePercent = (100 * (last.bridgeMs - first.bridgeMs)) / windowMs;
  const samplerPercent = (100 * (last.samplerMs - first.samplerMs)) / windowMs;
  return {
    '% of a core': bridgePercent + samplerPercent,
    'sampler, % of a core': samplerPercent,
    'bridge, % of a core': bridgePercent,
    'bridge, peak MB': (readPeakBytes(bridge.pid) ?? NaN) / 1e6,
  };
}
