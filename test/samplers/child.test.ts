import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { startChild } from '../../src/samplers/child.ts';
import type { Child } from '../../src/samplers/child.ts';
import type { SamplerPlan } from '../../src/samplers/sampler.ts';
import { StderrLog } from '../../src/samplers/stderr-log.ts';

class Collected {
  text = '';
  private readonly buffer = Buffer.alloc(65_536);
  free(): Uint8Array {
    return this.buffer;
  }
  advance(bytes: number): void {
    this.text += this.buffer.toString('latin1', 0, bytes);
  }
  push(chunk: Uint8Array): void {
    this.text += Buffer.from(chunk).toString('latin1');
  }
}

interface Started {
  readonly child: Child;
  readonly output: Collected;
  readonly lines: string[];
}

async function start(script: string): Promise<Started> {
  const output = new Collected();
  const lines: string[] = [];
  const plan: SamplerPlan = {
    ...{ name: 'sh', kind: 'outside', program: '/bin/sh', args: ['-c', script], rateHz: undefined },
    ...{ dialect: 'auto', type: 'wall', warnings: [] },
  };
  const stderr = new StderrLog({
    onLine: (line) => lines.push(line),
    onSuppressed: (count) => lines.push(`+${count}`),
  });
  const child = await startChild({ plan, environment: { PATH: '/usr/bin:/bin' }, target: output, stderr });
  return { child, output, lines };
}

/** A zombie that its new parent has not reaped yet is dead enough. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a child', () => {
  test('has its output read whole, and tells its exit code', async () => {
    const { child, output } = await start('for i in 1 2 3; do echo line $i; done; exit 7');
    expect(await child.ended).toMatchObject({ exitCode: 7, signal: undefined });
    expect(output.text).toBe('line 1\nline 2\nline 3\n');
  });

  test('has a flood read whole', async () => {
    const { child, output } = await start('yes 0123456789 | head -c 5000000');
    await child.ended;
    expect(output.text).toHaveLength(5_000_000);
  });

  test('may open /dev/stdout anew', async () => {
    const { child, output } = await start('echo again > /dev/stdout');
    await child.ended;
    expect(output.text).toBe('again\n');
  });

  test('tells the signal that ended it', async () => {
    const { child } = await start('kill -9 $$');
    expect(await child.ended).toMatchObject({ exitCode: undefined, signal: 'SIGKILL' });
  });

  test('that ignores SIGTERM is killed with its descendants', async () => {
    const { child, output } = await start("trap '' TERM; sleep 60 & echo $!; while :; do sleep 1; done");
    await expect.poll(() => output.text).toMatch(/\n/);
    child.stop();
    expect(await child.ended).toMatchObject({ signal: 'SIGKILL' });
    await expect.poll(() => isAlive(Number(output.text))).toBe(false);
  });

  test('that leaves a grandchild with the pipe in its hands does not hold us up', async () => {
    const { child, output } = await start('sleep 60 & echo $!; exit 0');
    expect(await child.ended).toMatchObject({ exitCode: 0 });
    await expect.poll(() => isAlive(Number(output.text))).toBe(false);
  });

  test('that floods stderr is logged by one line of each kind and a count', async () => {
    const { child, lines } = await start(
      'for i in $(seq 500); do echo "pid $i: no such process" >&2; done; printf last >&2',
    );
    await child.ended;
    expect(lines).toEqual(['pid 1: no such process', 'last', '+499']);
  });

  test('that cannot be started is a sentence', async () => {
    const plan: SamplerPlan = {
      ...{ name: 'x', kind: 'outside', program: '/etc/passwd', args: [], rateHz: undefined },
      ...{ dialect: 'auto', type: 'wall', warnings: [] },
    };
    const stderr = new StderrLog({ onLine: () => undefined, onSuppressed: () => undefined });
    await expect(
      startChild({ plan, environment: {}, target: new Collected(), stderr }),
    ).rejects.toMatchObject({
      code: 'sampler_missing',
    });
  });
});
