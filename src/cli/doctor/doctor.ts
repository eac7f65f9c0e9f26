// `spybridge doctor`: says whether profiling can work here, and what to do where it can't. Tries it on real processes.
import { execa } from 'execa';
import { SpybridgeError } from '../../model/errors.ts';
import { cleanText } from '../../model/text.ts';
import { resolveSampler } from '../../samplers/resolve.ts';
import type { Finding, Probe } from './findings.ts';
import { exitCodeOf, judgeHost, judgeProbe } from './findings.ts';
import { readHost } from './host.ts';

/** Processes that are tried when none is named. */
const MAX_PROBES = 5;
const PROBE_MS = 500;
/** A sampler that hangs is a finding, too. */
const PROBE_LIMIT_MS = 10_000;

const marks: Readonly<Record<Finding['level'], string>> = { ok: 'ok  ', note: 'note', bad: 'BAD ' };

/** Returns the exit code. Throws SpybridgeError('usage') for a pid that is none. */
export async function runDoctor(pidText: string | undefined): Promise<number> {
  const host = readHost();
  const pids =
    pidText === undefined ? host.phpProcesses.slice(-MAX_PROBES).map(({ pid }) => pid) : [checkPid(pidText)];
  for (const finding of judgeHost(host)) print(finding);
  const probes: Probe[] = [];
  for (const pid of pids) {
    const name = host.phpProcesses.find((php) => php.pid === pid)?.name ?? 'process';
    probes.push(await probe(pid, name));
  }
  for (const result of probes) print(judgeProbe(result));
  return exitCodeOf(host, probes);
}

function checkPid(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new SpybridgeError('usage', `--pid "${text}" is not a process id.`);
}

async function probe(pid: number, name: string): Promise<Probe> {
  const { program } = resolveSampler(['sampler'], { searchPath: '' });
  const args = ['-p', String(pid), '-H', '99', '--limit', '1', '--time-limit-ms', String(PROBE_MS)];
  const result = await execa(program, args, { reject: false, timeout: PROBE_LIMIT_MS, maxBuffer: 1_048_576 });
  const said = result.stderr.trim().split('\n').at(-1) ?? '';
  return {
    ...{ pid, name, exitCode: result.exitCode ?? 70, samples: result.stdout === '' ? 0 : 1 },
    sentence: said.replace(/^sampler: (Process \d+:? )?/, '') || 'The sampler did not end.',
  };
}

function print({ level, topic, sentence, remedy }: Finding): void {
  const lines = [
    `${marks[level]}  ${topic.padEnd(14)} ${sentence}`,
    ...(remedy === undefined ? [] : [`${' '.repeat(21)}${remedy}`]),
  ];
  process.stdout.write(`${lines.map((line) => cleanText(line)).join('\n')}\n`);
}
