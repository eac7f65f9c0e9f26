// What the facts mean for profiling, and what to do about it. Pure: the same facts, the same findings.
import type { HostFacts } from './host.ts';

export interface Finding {
  readonly level: 'ok' | 'note' | 'bad';
  readonly topic: string;
  readonly sentence: string;
  /** What to do, where something is to be done. */
  readonly remedy?: string;
}

/** What the sampler said when it was let loose on one process. */
export interface Probe {
  readonly pid: number;
  readonly name: string;
  readonly exitCode: number;
  /** The sampler's sentence where it failed. */
  readonly sentence: string;
  readonly samples: number;
}

const GRANT =
  'Docker: --cap-add SYS_PTRACE; Kubernetes: securityContext.capabilities.add: [SYS_PTRACE], for a sidecar also shareProcessNamespace: true; systemd: AmbientCapabilities=CAP_SYS_PTRACE; by hand: run as root.';

export function judgeHost(facts: HostFacts): Finding[] {
  return [platform(facts), right(facts), ...yama(facts), ...seccomp(facts), ...visibility(facts), php(facts)];
}

export function judgeProbe({ pid, name, exitCode, sentence, samples }: Probe): Finding {
  const topic = `process ${pid}`;
  if (exitCode !== 0) return { level: 'bad', topic, sentence: `${name}: ${sentence}` };
  return samples > 0
    ? { level: 'ok', topic, sentence: `${name}: its stacks can be read.` }
    : { level: 'ok', topic, sentence: `${name}: its memory can be read; it runs no PHP code just now.` };
}

/** 0 where profiling can work; else the sampler's own code: 66 no such process, 69 not usable, 77 not permitted. */
export function exitCodeOf(facts: HostFacts, probes: readonly Probe[]): number {
  if (facts.platform !== 'linux') return 69;
  const codes = probes.map(({ exitCode }) => exitCode);
  if (codes.includes(0)) return 0;
  return codes.includes(77) ? 77 : (codes[0] ?? 0);
}

function platform({ platform: name, arch, kernel, hasBtf }: HostFacts): Finding {
  const topic = 'system';
  if (name !== 'linux') {
    return {
      level: 'bad',
      topic,
      sentence: `${name} is not Linux: the bundled sampler reads Linux processes.`,
    };
  }
  const btf = hasBtf ? 'with BTF' : 'without BTF (needed for eBPF alone)';
  return { level: 'ok', topic, sentence: `Linux ${kernel} on ${arch}, ${btf}.` };
}

function right({ uid, hasPtraceCapability, phpProcesses }: HostFacts): Finding {
  const topic = 'right';
  if (hasPtraceCapability) return { level: 'ok', topic, sentence: 'CAP_SYS_PTRACE is held.' };
  const hasForeign = phpProcesses.some(({ isOurs }) => !isOurs);
  return {
    level: hasForeign || uid === 0 ? 'bad' : 'note',
    topic,
    sentence: `CAP_SYS_PTRACE is missing (user ${uid}): processes of other users can't be read.`,
    remedy: GRANT,
  };
}

function yama({ ptraceScope, hasPtraceCapability }: HostFacts): Finding[] {
  const topic = 'yama';
  if (ptraceScope === 3) {
    const sentence = 'kernel.yama.ptrace_scope is 3: no process may read another until the next boot.';
    return [{ level: 'bad', topic, sentence, remedy: 'Set it to 1 or 2 in /etc/sysctl.d and reboot.' }];
  }
  if (ptraceScope === undefined || ptraceScope === 0 || hasPtraceCapability) return [];
  return [
    {
      ...{ level: 'bad', topic },
      sentence: `kernel.yama.ptrace_scope is ${ptraceScope}: without CAP_SYS_PTRACE only own children can be read.`,
      remedy: `${GRANT} Or: sysctl kernel.yama.ptrace_scope=0.`,
    },
  ];
}

function seccomp({ hasSeccompFilter }: HostFacts): Finding[] {
  if (!hasSeccompFilter) return [];
  return [
    {
      ...{ level: 'note', topic: 'seccomp' },
      sentence: 'A seccomp filter is in force; it must allow process_vm_readv.',
      remedy:
        "Docker's default profile does on kernels from 4.8 on; else use --security-opt seccomp=FILE with process_vm_readv allowed.",
    },
  ];
}

function visibility({ hasOwnPidNamespace, hidesProcesses }: HostFacts): Finding[] {
  const findings: Finding[] = [];
  if (hasOwnPidNamespace) {
    findings.push({
      ...{ level: 'note', topic: 'container' },
      sentence: 'This is a pid namespace of its own: only processes in it can be seen.',
      remedy:
        'To profile other containers: Docker --pid container:NAME or --pid host; Kubernetes shareProcessNamespace: true or hostPID: true.',
    });
  }
  if (hidesProcesses) {
    findings.push({
      ...{ level: 'note', topic: '/proc' },
      sentence: '/proc is mounted with hidepid: processes of other users are hidden.',
      remedy: "Run as root, or as a member of the mount's gid= group.",
    });
  }
  return findings;
}

function php({ phpProcesses }: HostFacts): Finding {
  const topic = 'php';
  if (phpProcesses.length === 0) {
    return {
      ...{ level: 'note', topic },
      sentence: 'No PHP process is to be seen.',
      remedy: 'Start PHP, or give --pid N; a sampler with -P waits for processes to come.',
    };
  }
  const names = [...new Set(phpProcesses.map(({ name }) => name))].join(', ');
  return { level: 'ok', topic, sentence: `${phpProcesses.length} processes: ${names}.` };
}
