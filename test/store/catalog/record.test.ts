import { describe, expect, test } from 'vitest';
import { openUpload } from '../../../src/store/intake.ts';
import { decodeRecord, encodeRecord, MAX_RECORD_BYTES, recordOf } from '../../../src/store/catalog/record.ts';
import { makePprof } from '../../fixtures/pprof-samples.ts';

const samples = [
  { stack: 'a', values: [1, 10], labels: { uri: '/a' } },
  { stack: 'b', values: [2, 20], labels: { uri: '/a' } },
  { stack: 'c', values: [4, 40] },
];
const sampleTypes = [
  { type: 'alloc', unit: 'count' },
  { type: 'space', unit: 'bytes' },
];

async function makeRecord(type: string) {
  const body = makePprof({ samples, sampleTypes, timeNanos: 1_546_300_800_000_000_001n });
  const upload = { tenant: 't', service: 's', type, labels: [['k', '\u0000"é']] as const, body };
  return recordOf(await openUpload({ ...upload, createdAtNanos: 7n, splitsSeries: true }, 0n), true);
}

describe('a record', () => {
  test('has the sums of each series, one for each sample type', async () => {
    expect((await makeRecord('heap')).series).toEqual([
      { sampleLabels: [['uri', '/a']], totals: [3, 30] },
      { sampleLabels: [], totals: [4, 40] },
    ]);
  });

  test.each(['heap', 'trace'])('is the same after it was written and read: %s', async (type) => {
    const record = await makeRecord(type);
    expect(decodeRecord(encodeRecord(record))).toEqual(record);
    expect(encodeRecord(decodeRecord(encodeRecord(record)))).toBe(encodeRecord(record));
  });

  test('is refused where its labels need too much room', async () => {
    const record = await makeRecord('heap');
    const labels = [['k', 'x'.repeat(MAX_RECORD_BYTES)]] as const;
    const big = { ...record, profile: { ...record.profile, labels } };
    expect(() => encodeRecord(big)).toThrow(expect.objectContaining({ code: 'too_large' }));
  });

  test.each(['', '{}', 'null', '[]', '{"v":2}', '{"v":1,"id":7}'])('is not read from %j', (text) => {
    expect(() => decodeRecord(text)).toThrow(expect.objectContaining({ code: 'broken' }));
  });
});
