// What this machine lets us do, as plain facts. Whatever can't be read is undefined: the doctor runs where things are broken.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { release } from 'node:os';

const CAP_SYS_PTRACE = 19n;
const PHP_NAME = /^(php|php-fpm|php-cgi|php\d.*|php-fpm\d.*|apache2|httpd|frankenphp)$/;
/** Processes that are looked at; a server with more PHP than this has the same answer for all. */
const MAX_PROCESSES = 65_536;

export interface PhpProcess {
  readonly pid: number;
  /** `comm`: the first 15 bytes of the program's name. */
  readonly name: string;
  readonly isOurs: boolean;
}

export interface HostFacts {
  readonly platform: string;
  readonly arch: string;
  readonly kernel: string;
  readonly uid: number;
  readonly hasPtraceCapability: boolean;
  /** kernel.yama.ptrace_scope, 0 to 3; undefined without Yama. */
  readonly ptraceScope: number | undefined;
  /** A seccomp filter is in force. */
  readonly hasSeccompFilter: boolean;
  /** Only processes of this container can be seen. */
  readonly hasOwnPidNamespace: boolean;
  /** /proc hides the processes of other users. */
  readonly hidesProcesses: boolean;
  readonly hasBtf: boolean;
  readonly phpProcesses: readonly PhpProcess[];
}

export function readHost(): HostFacts {
  const status = read('/proc/self/status') ?? '';
  const field = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1] ?? '';
  const scope = read('/proc/sys/kernel/yama/ptrace_scope');
  const uid = process.getuid?.() ?? -1;
  return {
    ...{ platform: process.platform, arch: process.arch, kernel: release(), uid },
    hasPtraceCapability: ((BigInt(`0x${field('CapEff') || '0'}`) >> CAP_SYS_PTRACE) & 1n) === 1n,
    ptraceScope: scope === undefined ? undefined : Number(scope),
    hasSeccompFilter: field('Seccomp') === '2',
    // The kernel's own threads are visible only from outside of all containers; the first of them is pid 2.
    hasOwnPidNamespace: read('/proc/2/comm')?.trim() !== 'kthreadd',
    hidesProcesses: /^\S+ \/proc proc \S*hidepid=([12]|invisible|noaccess|ptraceable)/m.test(
      read('/proc/self/mounts') ?? '',
    ),
    hasBtf: existsSync('/sys/kernel/btf/vmlinux'),
    phpProcesses: listPhp(uid),
  };
}

function listPhp(uid: number): PhpProcess[] {
  let entries: readonly string[];
  try {
    entries = readdirSync('/proc').slice(0, MAX_PROCESSES);
  } catch {
    return []; // not Linux, or /proc is not mounted
  }
  return entries.flatMap((entry) => {
    const name = /^\d+$/.test(entry) ? read(`/proc/${entry}/comm`)?.trim() : undefined;
    if (name === undefined || !PHP_NAME.test(name)) return [];
    const owner = /^Uid:\s*(\d+)/m.exec(read(`/proc/${entry}/status`) ?? '')?.[1];
    return [{ pid: Number(entry), name, isOurs: Number(owner) === uid }];
  });
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
