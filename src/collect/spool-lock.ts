// One process per spool directory: a lock file that names its owner well enough to tell a dead one from a living one.
// A pid alone won't do: containers restart with the same pids, and two of them may share one volume.
import { createHash, randomUUID } from 'node:crypto';
import { link, readFile, readlink, rename, rm, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const LOCK_NAME = 'lock';
/** An owner in another pid namespace can't be looked up: it shows life by touching its lock. */
const HEARTBEAT_MS = 2_000;
/** Without a touch for this long it counts as dead. */
const SILENCE_MS = 6_000;
/** A take-over lasts microseconds: a claim older than this was left by one that died in it. */
const MAX_CLAIM_AGE_MS = 2_000;
const CLAIM_PAUSE_MS = 20;

interface Owner {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat, ticks since boot; '' where there is no /proc. */
  readonly startTime: string;
  readonly bootId: string;
  readonly pidNamespace: string;
}

export interface SpoolLock {
  release(): Promise<void>;
}

export type LockResult =
  { readonly ok: true; readonly lock: SpoolLock } | { readonly ok: false; readonly ownerPid: number };

/** Takes the lock of a directory; one of a dead owner is taken over, that of an unreachable one after `silenceMs` without a sign of life. */
export async function lockSpool(dir: string, silenceMs: number = SILENCE_MS): Promise<LockResult> {
  const path = join(dir, LOCK_NAME);
  const mine = JSON.stringify(await describeOwner());
  const draft = join(dir, `.tmp-lock-${randomUUID()}`);
  await writeFile(draft, mine, { mode: 0o600, flag: 'wx' });
  try {
    for (;;) {
      if (await tryLink(draft, path)) return { ok: true, lock: holdLock(path, mine) };
      const seen = await readIfThere(path);
      if (seen === undefined) continue;
      const owner = parseOwner(seen);
      if (owner !== undefined && (await isAlive(owner, path, silenceMs)))
        return { ok: false, ownerPid: owner.pid };
      if (await takeOver(path, draft, seen)) return { ok: true, lock: holdLock(path, mine) };
    }
  } finally {
    await unlink(draft);
  }
}

function holdLock(path: string, content: string): SpoolLock {
  const timer = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  timer.unref();
  return {
    release: async () => {
      clearInterval(timer);
      if ((await readIfThere(path)) === content) await unlink(path);
    },
  };
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Replaces a dead owner's lock. Of several that found it, the one whose claim (named after what was found) exists does so. */
async function takeOver(path: string, draft: string, seen: string): Promise<boolean> {
  const claim = `${path}-${createHash('sha256').update(seen).digest('hex').slice(0, 16)}`;
  if (!(await tryLink(draft, claim))) {
    await sleep(CLAIM_PAUSE_MS);
    const age = await stat(claim).then(
      (facts) => Date.now() - facts.mtimeMs,
      () => 0,
    );
    if (age > MAX_CLAIM_AGE_MS) await rm(claim, { force: true });
    return false;
  }
  if ((await readIfThere(path)) === seen) {
    await rename(claim, path);
    return true;
  }
  await unlink(claim);
  return false;
}

async function isAlive(owner: Owner, path: string, silenceMs: number): Promise<boolean> {
  const me = await describeOwner();
  if (owner.bootId !== me.bootId) return false;
  if (owner.pidNamespace !== me.pidNamespace) return showsLife(path, silenceMs);
  if (owner.startTime === '') return canSignal(owner.pid);
  return (await startTimeOf(owner.pid)) === owner.startTime;
}

async function showsLife(path: string, silenceMs: number): Promise<boolean> {
  const before = await stat(path).catch(() => undefined);
  await sleep(silenceMs);
  const after = await stat(path).catch(() => undefined);
  return after !== undefined && after.mtimeMs !== before?.mtimeMs;
}

function canSignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function describeOwner(): Promise<Owner> {
  return {
    pid: process.pid,
    startTime: (await startTimeOf(process.pid)) ?? '',
    bootId: await readFile('/proc/sys/kernel/random/boot_id', 'utf8').then(trim, () => ''),
    pidNamespace: await readlink('/proc/self/ns/pid').catch(() => ''),
  };
}

/** Undefined when there is no such process. The name in the second field may hold spaces and brackets: count from its end. */
async function startTimeOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function parseOwner(text: string): Owner | undefined {
  try {
    const owner = JSON.parse(text) as Partial<Owner> | null;
    const { pid, startTime, bootId, pidNamespace } = owner ?? {};
    if (!Number.isSafeInteger(pid) || pid! <= 0 || typeof startTime !== 'string') return undefined;
    if (typeof bootId !== 'string' || typeof pidNamespace !== 'string') return undefined;
    return { pid: pid!, startTime, bootId, pidNamespace };
  } catch {
    return undefined; // a torn or foreign lock file has no owner
  }
}

function trim(text: string): string {
  return text.trim();
}
