// What travels from the window to a destination: one encoded profile with the facts that delivery needs.
import type { Labels } from './labels.ts';
import type { ProfileType } from './profile.ts';

export interface BatchFacts {
  /** Unique among all processes; also the name of its spool file. `[A-Za-z0-9-]+` */
  readonly id: string;
  readonly type: ProfileType;
  readonly periodNanos: number;
  /** UNIX time in ns, unique in this process, kept on every retry: Pyroscope drops what repeats labels and time. */
  readonly timeNanos: bigint;
  readonly durationNanos: bigint;
  /** Labels of all samples: service_name (the application), static tags, instance. Templated tags are sample labels in the body. */
  readonly labels: Labels;
  /** Samples in it: the sum of the counts of its rows. */
  readonly samples: number;
  /** Rows in it: distinct (stack, label set) pairs. */
  readonly rows: number;
  /** Size of the pprof before gzip, bytes: what servers and the limiter count. */
  readonly rawBytes: number;
}

export interface Batch extends BatchFacts {
  /** gzipped pprof; dynamic tags are string labels of its samples. */
  readonly body: Uint8Array;
}
