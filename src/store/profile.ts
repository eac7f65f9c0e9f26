// What the store keeps: uploaded profiles, their names and labels, and when they were taken.
import type { Labels } from '../model/labels.ts';
import type { ValueType } from '../formats/pprof/pprof.ts';

/** An upload as it was received. */
export interface Upload {
  /** Whose data it is; 'anonymous' where there is one tenant only. */
  readonly tenant: string;
  readonly service: string;
  /** An open word, profefe's where it has one: cpu, heap, wall, goroutine, trace... */
  readonly type: string;
  /** Without the service and the type. */
  readonly labels: Labels;
  /** What the sender says; the profile's own time goes before it. */
  readonly createdAtNanos: bigint | undefined;
  /** Untouched, and returned so. pprof (gzipped or not), but for `trace`, which may be anything. */
  readonly body: Uint8Array;
  /** Text labels of samples become labels of series, as Pyroscope does; spans and numbers stay with the samples. */
  readonly splitsSeries: boolean;
  /** Given where another store has named it before; written again, it is still one profile. */
  readonly id?: string;
  /** Under which its sender may send it again: with the same time it is still one profile. Unlike any other upload's. */
  readonly key?: string | undefined;
}

/** A stored profile without its body. */
export interface StoredProfile {
  /** 20 characters of [0-9a-v]: an xid, whose first four bytes are the seconds of `createdAtNanos`. */
  readonly id: string;
  readonly tenant: string;
  readonly service: string;
  readonly type: string;
  readonly labels: Labels;
  /** UNIX time in ns. */
  readonly createdAtNanos: bigint;
  /** Bytes of the body as it was received. */
  readonly bytes: number;
  /** Empty for what is no pprof. */
  readonly sampleTypes: readonly ValueType[];
  readonly periodType: ValueType | undefined;
}
