// The one request that is sent in protobuf, since its answer is wanted so: a pprof file.
import type { Query } from '../model/query.ts';

/** SelectMergeProfileRequest: profile_typeID = 1, label_selector = 2, start = 3, end = 4 (ms). */
export function encodeRequest({ type, selector, span }: Query): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([
    ...encodeText(1, type),
    ...encodeText(2, selector),
    ...[(3 << 3) | 0, ...encodeVarint(Math.floor(span.fromMs))],
    ...[(4 << 3) | 0, ...encodeVarint(Math.ceil(span.untilMs))],
  ]);
}

function encodeText(number: number, text: string): number[] {
  const bytes = new TextEncoder().encode(text);
  return [(number << 3) | 2, ...encodeVarint(bytes.length), ...bytes];
}

/** Not negative, and below 2^53: more than 32 bits, which is why nothing is shifted. */
function encodeVarint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return bytes;
}
