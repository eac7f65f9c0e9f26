import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { resolveSampler } from '../../src/samplers/resolve.ts';
import { samplerEnvironment } from '../../src/samplers/environment.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'resolve-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const phpspy = path.join(folder, 'phpspy');
writeFileSync(phpspy, '#!/bin/sh\n');
chmodSync(phpspy, 0o755);
writeFileSync(path.join(folder, 'plain'), '');
const bundled = path.join(folder, 'bundled');
writeFileSync(bundled, '#!/bin/sh\n');
chmodSync(bundled, 0o755);
symlinkSync(bundled, path.join(folder, 'link-to-bundled'));
const options = { searchPath: `/nowhere:${folder}`, bundledPath: bundled };

describe('the words behind the options', () => {
  test('name phpspy in PATH or by any path', () => {
    expect(resolveSampler(['phpspy', '-H', '5'], options)).toMatchObject({
      kind: 'phpspy',
      program: phpspy,
      rateHz: 5,
    });
    expect(resolveSampler([phpspy, '-H', '5'], options)).toMatchObject({
      kind: 'phpspy',
      program: phpspy,
      rateHz: 5,
    });
  });

  test('name the bundled sampler, which is asked for the sample stream', () => {
    const plan = resolveSampler(['sampler', '-P', 'php-fpm', '--rate-hz=7'], options);
    expect(plan).toMatchObject({ kind: 'bundled', rateHz: 7 });
    expect(plan.args).toEqual(['--format', 'stream', '-P', 'php-fpm', '--rate-hz=7']);
    expect(resolveSampler(['sampler', '--format=phpspy'], options).args).toEqual(['--format=phpspy']);
  });

  test.each([bundled, 'link-to-bundled'])('know the bundled sampler by any path: %s', (name) => {
    expect(resolveSampler([name, '-H', '7'], options)).toMatchObject({
      kind: 'bundled',
      rateHz: 7,
      args: ['--format', 'stream', '-H', '7'],
    });
  });

  test('let the bundled sampler say what it measures, and read its rate behind its own options', () => {
    const plan = resolveSampler(
      ['sampler', '--mode', 'cpu', '--max-cpu', '2', '--lines', '-H', '25', '-P', 'x'],
      options,
    );
    expect(plan).toMatchObject({ rateHz: 25, type: 'cpu' });
    expect(() => resolveSampler(['sampler', '--mode', 'both', '-P', 'x'], options)).toThrow(/--mode/);
  });

  test.each([
    ['--top', '-P', 'x'],
    ['-o', '/tmp/x', '-P', 'x'],
    ['--help'],
    ['--format', 'phpspy', '-1', '-P', 'x'],
  ])('refuse the bundled sampler what is no stream of samples: %s', (...args) => {
    expect(() => resolveSampler(['sampler', ...args], options)).toThrow(/cannot be used/);
  });

  test('name the bundled sampler, which is asked for further facts unless its arguments name them', () => {
    const key = 'server.HTTP_TRACEPARENT';
    const argsOf = (...words: string[]): readonly string[] =>
      resolveSampler(['sampler', ...words], { ...options, peeks: [key] }).args;
    expect(argsOf('-P', 'php-fpm')).toEqual(['--format', 'stream', '-g', key, '-P', 'php-fpm']);
    expect(argsOf('-g', 'server.HTTP_HOST', '--format=stream')).toEqual([
      ...['-g', key, '-g', 'server.HTTP_HOST', '--format=stream'],
    ]);
    for (const words of [
      ['-g', key],
      [`-g${key}`],
      [`--peek-global=${key}`],
      ['--peek-global', key],
      ['-cg', key],
    ])
      expect(argsOf('--format=stream', ...words)).toEqual(['--format=stream', ...words]);
    // Behind `--` stands a program of its own.
    expect(argsOf('--', 'php', key)).toEqual(['--format', 'stream', '-g', key, '--', 'php', key]);
    expect(resolveSampler(['phpspy'], { ...options, peeks: [key] }).args).toEqual([]);
  });

  test('name any other program, whose rate is unknown', () => {
    expect(resolveSampler(['sh', '-c', 'x'], { searchPath: '/bin' })).toMatchObject({
      kind: 'outside',
      rateHz: undefined,
    });
  });

  test.each([
    [[], 'usage', 'No sampler'],
    [['missing-sampler'], 'sampler_missing', 'was not found'],
    [['plain'], 'sampler_missing', 'is not executable'],
    [[folder], 'sampler_missing', 'was not found'],
    [['sampler', '-t', '-P', 'php-fpm'], 'usage', 'draws a screen'],
  ])('%j are refused', (words, code, part) => {
    expect(() => resolveSampler(words, options)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(part) as string }) as Error,
    );
  });

  test('say how to build the bundled sampler where it is missing', () => {
    expect(() => resolveSampler(['sampler'], { searchPath: '', bundledPath: '/nowhere/sampler' })).toThrow(
      /not built/,
    );
  });
});

test('a sampler gets the environment without our secrets', () => {
  const own = {
    PATH: '/bin',
    DB_PASSWORD: 'x',
    SPYBRIDGE_PYROSCOPE_AUTH: 's',
    PYROSCOPE_AUTH_TOKEN: 's',
    NONE: undefined,
  };
  expect(samplerEnvironment(own)).toEqual({ PATH: '/bin', DB_PASSWORD: 'x' });
});
