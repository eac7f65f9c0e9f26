// What a step of the store's benchmark took.

export interface Figures {
  readonly step: string;
  /** User and system, of all threads. */
  readonly cpuMs: number;
  readonly wallMs: number;
  /** Resident memory of the process at its highest, up to the end of the step. */
  readonly peakMb: number;
  /** By how much the step raised it. */
  readonly addedMb: number;
}
