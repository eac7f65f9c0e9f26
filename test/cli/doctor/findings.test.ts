import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { exitCodeOf, judgeHost, judgeProbe } from '../../../src/cli/doctor/findings.ts';
import type { Probe } from '../../../src/cli/doctor/findings.ts';
import type { HostFacts } from '../../../src/cli/doctor/host.ts';

const healthy: HostFacts = {
  ...{ platform: 'linux', arch: 'x64', kernel: '6.1.0', uid: 0, hasPtraceCapability: true, ptraceScope: 1 },
  ...{ hasSeccompFilter: false, hasOwnPidNamespace: false, hidesProcesses: false, hasBtf: true },
  phpProcesses: [{ pid: 7, name: 'php-fpm8.2', isOurs: false }],
};
const works: Probe = { pid: 7, name: 'php-fpm8.2', exitCode: 0, sentence: '', samples: 1 };

const troubles = (change: Partial<HostFacts>): string[] =>
  judgeHost({ ...healthy, ...change })
    .filter(({ level }) => level !== 'ok')
    .map(({ level, topic }) => `${level} ${topic}`);

describe('the doctor', () => {
  test('finds nothing wrong on a healthy host', () => {
    expect(troubles({})).toEqual([]);
    expect(exitCodeOf(healthy, [works])).toBe(0);
  });

  test.each<[string, Partial<HostFacts>, string[]]>([
    [
      'a missing capability for the PHP of others',
      { hasPtraceCapability: false, uid: 1000, ptraceScope: 0 },
      ['bad right'],
    ],
    [
      'a missing capability that own processes may not need',
      {
        hasPtraceCapability: false,
        uid: 33,
        ptraceScope: 0,
        phpProcesses: [{ pid: 7, name: 'php', isOurs: true }],
      },
      ['note right'],
    ],
    ['yama without the capability', { hasPtraceCapability: false, uid: 1000 }, ['bad right', 'bad yama']],
    ['yama that forbids all', { ptraceScope: 3 }, ['bad yama']],
    ['a seccomp filter', { hasSeccompFilter: true }, ['note seccomp']],
    ['a container of its own', { hasOwnPidNamespace: true }, ['note container']],
    ['hidepid', { hidesProcesses: true }, ['note /proc']],
    ['no PHP', { phpProcesses: [] }, ['note php']],
    ['another system', { platform: 'darwin' }, ['bad system']],
  ])('finds %s', (_, change, expected) => {
    expect(troubles(change)).toEqual(expected);
  });

  test('names the same grants as the sampler does', () => {
    const list = readFileSync(path.join(import.meta.dirname, '../../../native/status.def'), 'utf8');
    const [, grants = ''] = /NOT_PERMITTED.*\((Docker: [^)]*)\)/.exec(list) ?? [];
    const remedy = judgeHost({ ...healthy, hasPtraceCapability: false })
      .map((finding) => finding.remedy)
      .find((text) => text?.includes('Docker'));
    expect(grants.split('; ').map((grant) => grant.split(':')[0])).toEqual([
      'Docker',
      'Kubernetes',
      'systemd',
    ]);
    for (const grant of grants.split('; ')) expect(remedy).toContain(grant);
  });

  test('says with everything that is wrong what to do', () => {
    const sick = judgeHost({
      ...healthy,
      ...{
        hasPtraceCapability: false,
        hasSeccompFilter: true,
        hasOwnPidNamespace: true,
        hidesProcesses: true,
      },
      ...{ phpProcesses: [], ptraceScope: 2 },
    });
    const silent = sick.filter(({ level, remedy }) => level !== 'ok' && remedy === undefined);
    expect(silent).toEqual([]);
  });

  test("exits with the sampler's own code where no process can be sampled", () => {
    const refused: Probe = { ...works, exitCode: 77, sentence: 'Not permitted.' };
    const foreign: Probe = { ...works, exitCode: 69, sentence: 'Not PHP.' };
    expect(exitCodeOf(healthy, [refused, works])).toBe(0);
    expect(exitCodeOf(healthy, [foreign, refused])).toBe(77);
    expect(exitCodeOf(healthy, [foreign])).toBe(69);
    expect(exitCodeOf({ ...healthy, platform: 'darwin' }, [])).toBe(69);
    expect(judgeProbe(refused)).toMatchObject({ level: 'bad', sentence: 'php-fpm8.2: Not permitted.' });
  });
});
