// `spybridge serve` as its users run it, on a folder of its own and any free port; gone when the file's tests are over.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, vi } from 'vitest';
import type { BridgeRun } from './bridge-run.ts';
import { startBridge } from './bridge-run.ts';

export interface ServerRun {
  readonly run: BridgeRun;
  readonly url: string;
  readonly data: string;
}

/** To be called once, at the head of a file. */
export function serverRuns(): (options?: readonly string[], data?: string) => Promise<ServerRun> {
  const folder = mkdtempSync(path.join(tmpdir(), 'server-run-'));
  const runs: BridgeRun[] = [];
  let folders = 0;
  afterAll(async () => {
    for (const run of runs) run.kill('SIGKILL');
    await Promise.all(runs.map(({ exitCode }) => exitCode));
    rmSync(folder, { recursive: true });
  });
  return async (options = [], data = path.join(folder, String(++folders))) => {
    const run = startBridge(['serve', '--listen', '0', '--data', data, '--log-format', 'json', ...options]);
    runs.push(run);
    const url = (): unknown => run.lines.find(({ event }) => event === 'server_started')?.['url'];
    // Also in hooks, where expect.poll() is not to be had.
    await vi.waitUntil(url, { timeout: 20_000 });
    return { run, url: url() as string, data };
  };
}
