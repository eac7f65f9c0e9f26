import { describe, expect, test } from 'vitest';
import { planPhpspy } from '../../src/samplers/phpspy.ts';

describe("phpspy's rate is read in every spelling", () => {
  test.each([
    [[], 99],
    [['-H', '25'], 25],
    [['-H25'], 25],
    [['--rate-hz=25'], 25],
    [['--rate-hz', '25'], 25],
    [['--rate', '25'], 25],
    [['-cH25', '-p', '1'], 25],
    [['-s', '40000000'], 25],
    [['-H', '25', '-s', '10000000'], 100],
    [['-H', '7', '-s', '10000000', '-H', '25'], 25],
    [['--sleep-ns=40000000'], 25],
    [['-P', '-H 7', '-H', '25'], 25],
    [['-H', '25', '--', 'php', '-H', '7'], 25],
    [['-p', '1', 'php', '-H', '7'], 99],
  ])('%j: %d Hz', (args, rateHz) => {
    expect(planPhpspy('/usr/bin/phpspy', args).rateHz).toBe(rateHz);
  });
});

describe("phpspy's arguments that give no stream of traces are refused", () => {
  test.each([
    [['--top'], '--top'],
    [['-t'], '--top'],
    [['-ct'], '--top'],
    [['-1'], '--single-line'],
    [['--single-line'], '--single-line'],
    [['-v'], '--version'],
    [['-h'], '--help'],
    [['-o', '/tmp/x'], '--output'],
    [['-o/tmp/x'], '--output'],
    [['--output=/tmp/x'], '--output'],
    [['-j', 'callgrind'], '--event-handler'],
    [['-P', 'php', '-b', '65536'], '-J m'],
    [['-P', 'php', '-b65536', '-J', 'x'], '-J m'],
    [['-H', 'fast'], '--rate-hz'],
    [['-H', '0'], '--rate-hz'],
    [['-s', 'x'], '--sleep-ns'],
  ])('%j', (args, named) => {
    try {
      planPhpspy('phpspy', args);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'usage' });
      expect(`${String(error)} ${String((error as { hint?: string }).hint)}`).toContain(named);
    }
  });

  test.each([
    [['-o', '-']],
    [['--output=stdout']],
    [['-b', '65536', '-p', '1']],
    [['-b', '65536', '-J', 'm', '-P', '-x "php-fpm"']],
    [['-b', '4096', '-P', 'x']],
    [['-P', '-t']],
  ])('%j is let through', (args) => {
    expect(planPhpspy('phpspy', args).args).toEqual(args);
  });
});
