import { expect, test } from 'vitest';
import { readPerfCount, readStraceCounts } from '../../../bench/sampler/call-counter.ts';

test('the count of perf stat -x, is the first field of its line', () => {
  expect(readPerfCount('# started on Sat\n\n2117,,raw_syscalls:sys_enter,2444227,100.00,,\n')).toBe(2_117);
  expect(readPerfCount('<not supported>,,raw_syscalls:sys_enter,0,100.00,,\n')).toBeNaN();
});

test('the counts of strace -c stand in its last line, the failed ones only where there are any', () => {
  const rule = '------ ----------- ----------- --------- --------- ----------------\n';
  const head = `% time     seconds  usecs/call     calls    errors syscall\n${rule}`;
  expect(
    readStraceCounts(`${head} 46.25    0.000142           3        39        19 openat
${rule}100.00    0.000307           2       148        26 total\n`),
  ).toEqual({ calls: 148, failed: 26 });
  expect(
    readStraceCounts(`${head}100.00    0.000142           3        39           mmap
${rule}100.00    0.000142           3        39           total\n`),
  ).toEqual({ calls: 39, failed: 0 });
  expect(readStraceCounts('')).toEqual({ calls: 0, failed: 0 });
});
