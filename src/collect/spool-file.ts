// The bytes of one spooled batch: a JSON header line with its facts, the body, and a CRC-32 of both.
// Whatever does not read back exactly is damaged; nothing here throws on what a file holds.
import { crc32 } from 'node:zlib';
import type { Batch, BatchFacts } from '../model/batch.ts';
import type { Label } from '../model/labels.ts';

export const SPOOL_FORMAT = 'spybridge-batch';
export const SPOOL_VERSION = 1;
/** Longest header line: 30 labels of 2 KiB fit well. */
export const MAX_HEADER_BYTES = 131_072;
export const CHECKSUM_BYTES = 4;

const NEWLINE = 0x0a;
const BATCH_ID = /^[A-Za-z0-9-]{1,64}$/;
const FILE_NAME = /^\d{20}-([A-Za-z0-9-]{1,64})\.batch$/;

export interface SpoolHeader {
  readonly facts: BatchFacts;
  /** Where the body starts in the file, bytes. */
  readonly bodyStart: number;
  readonly bodyBytes: number;
}

/** Sorts by time, and holds an id that can be no path. Undefined for an id or time outside the format. */
export function spoolFileName(facts: Pick<BatchFacts, 'id' | 'timeNanos'>): string | undefined {
  if (!BATCH_ID.test(facts.id) || facts.timeNanos < 0n || facts.timeNanos > 10n ** 20n - 1n) return undefined;
  return `${facts.timeNanos.toString().padStart(20, '0')}-${facts.id}.batch`;
}

export function isSpoolFileName(name: string): boolean {
  return FILE_NAME.test(name);
}

/** The file as pieces to be written one after the other. */
export function encodeSpoolFile(batch: Batch): readonly Uint8Array[] {
  const { id, type, periodNanos, timeNanos, durationNanos, labels, samples, rows, rawBytes, body } = batch;
  const header = {
    ...{ format: SPOOL_FORMAT, version: SPOOL_VERSION, id, type, periodNanos },
    ...{ timeNanos: timeNanos.toString(), durationNanos: durationNanos.toString() },
    ...{ labels, samples, rows, rawBytes, bodyBytes: body.length },
  };
  const line = Buffer.from(`${JSON.stringify(header)}\n`);
  const checksum = Buffer.alloc(CHECKSUM_BYTES);
  checksum.writeUInt32LE(crc32(body, crc32(line)));
  return [line, body, checksum];
}

/** Reads the header from the first bytes of a file; undefined if it is not ours, another version, or damaged. */
export function decodeSpoolHeader(start: Uint8Array): SpoolHeader | undefined {
  const end = start.subarray(0, MAX_HEADER_BYTES).indexOf(NEWLINE);
  if (end < 0) return undefined;
  const header = parseObject(Buffer.from(start.buffer, start.byteOffset, end).toString());
  if (header?.['format'] !== SPOOL_FORMAT || header['version'] !== SPOOL_VERSION) return undefined;
  const facts = factsFrom(header);
  const bodyBytes = header['bodyBytes'];
  if (facts === undefined || !isCount(bodyBytes)) return undefined;
  return { facts, bodyStart: end + 1, bodyBytes };
}

/** The body of a whole file, or undefined when a byte of it is not as written. */
export function decodeSpoolBody(file: Uint8Array, header: SpoolHeader): Uint8Array | undefined {
  const end = header.bodyStart + header.bodyBytes;
  if (file.length !== end + CHECKSUM_BYTES) return undefined;
  const written = Buffer.from(file.buffer, file.byteOffset + end, CHECKSUM_BYTES).readUInt32LE();
  return crc32(file.subarray(0, end)) === written ? file.subarray(header.bodyStart, end) : undefined;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // JSON.parse has no other way to say that a file is damaged
  }
}

function factsFrom(header: Record<string, unknown>): BatchFacts | undefined {
  const { id, type, periodNanos, labels, samples, rows, rawBytes } = header;
  const timeNanos = nanosFrom(header['timeNanos']);
  const durationNanos = nanosFrom(header['durationNanos']);
  if (typeof id !== 'string' || !BATCH_ID.test(id) || (type !== 'wall' && type !== 'cpu')) return undefined;
  if (timeNanos === undefined || durationNanos === undefined || !isLabels(labels)) return undefined;
  if (!isCount(periodNanos) || !isCount(samples) || !isCount(rows) || !isCount(rawBytes)) return undefined;
  return { id, type, periodNanos, timeNanos, durationNanos, labels, samples, rows, rawBytes };
}

function nanosFrom(value: unknown): bigint | undefined {
  return typeof value === 'string' && /^\d{1,20}$/.test(value) ? BigInt(value) : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isLabels(value: unknown): value is readonly Label[] {
  return Array.isArray(value) && value.every(isLabel);
}

function isLabel(value: unknown): value is Label {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string');
}
