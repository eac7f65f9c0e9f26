// Which profile type an upload to /ingest is: text says it by the end of the application's name, pprof by its sample types.
import type { ValueType } from '../../../formats/pprof/pprof.ts';
import { HttpProblem } from '../../problem.ts';

/** What the counts of a text are. */
export interface CountedType {
  /** For the label `__name__`. */
  readonly name: string;
  readonly sampleType: ValueType;
  /** Undefined where nothing is sampled at intervals. */
  readonly periodType: ValueType | undefined;
  /** What each count is multiplied with, and the period of the profile. */
  readonly period: number;
}

const NANOSECONDS = 'nanoseconds';
const PERIOD_TYPE: ValueType = { type: 'cpu', unit: NANOSECONDS };
const NANOS_PER_SECOND = 1_000_000_000;

type Row = readonly [name: string, type: string, unit: string];

const TIMES: Readonly<Record<string, Row>> = {
  cpu: ['process_cpu', 'cpu', NANOSECONDS],
  itimer: ['process_cpu', 'cpu', NANOSECONDS],
  wall: ['wall', 'wall', NANOSECONDS],
  seconds: ['wall', 'wall', NANOSECONDS],
  milliseconds: ['wall', 'wall', NANOSECONDS],
  microseconds: ['wall', 'wall', NANOSECONDS],
  nanoseconds: ['wall', 'wall', NANOSECONDS],
};

const COUNTS: Readonly<Record<string, Row>> = {
  alloc_objects: ['memory', 'alloc_objects', 'count'],
  alloc_space: ['memory', 'alloc_space', 'bytes'],
  inuse_objects: ['memory', 'inuse_objects', 'count'],
  inuse_space: ['memory', 'inuse_space', 'bytes'],
  alloc_in_new_tlab_objects: ['memory', 'alloc_in_new_tlab_objects', 'count'],
  alloc_in_new_tlab_bytes: ['memory', 'alloc_in_new_tlab_bytes', 'bytes'],
  alloc_outside_tlab_objects: ['memory', 'alloc_outside_tlab_objects', 'count'],
  alloc_outside_tlab_bytes: ['memory', 'alloc_outside_tlab_bytes', 'bytes'],
  live: ['memory', 'live', 'count'],
  bytes: ['memory', 'samples', 'bytes'],
  goroutines: ['goroutine', 'goroutines', 'count'],
  exceptions: ['exceptions', 'samples', 'count'],
  mutex_count: ['mutex', 'contentions', 'count'],
  mutex_duration: ['mutex', 'delay', NANOSECONDS],
  block_count: ['block', 'contentions', 'count'],
  block_duration: ['block', 'delay', NANOSECONDS],
  lock_count: ['block', 'contentions', 'count'],
  lock_duration: ['block', 'delay', NANOSECONDS],
};

/** The service and its type; a name without a dot is one of CPU time. Throws HttpProblem(400) for an unknown end. */
export function splitApp(app: string, sampleRateHz: number): { service: string; type: CountedType } {
  const dot = app.lastIndexOf('.');
  const suffix = dot < 0 ? 'cpu' : app.slice(dot + 1);
  const type = typeOfSuffix(suffix, sampleRateHz);
  if (type === undefined)
    throw new HttpProblem(
      400,
      `unknown profile type: ${suffix}. The name of an application with dots must end in its type, such as ${app}.cpu or ${app}.wall.`,
    );
  const service = dot < 0 ? app : app.slice(0, dot);
  if (service === '') throw new HttpProblem(400, 'name: nothing stands before the profile type.');
  return { service, type };
}

/** Undefined for a word that is no type. Throws HttpProblem(400) for a rate at which a sample is no time at all. */
export function typeOfSuffix(suffix: string, sampleRateHz: number): CountedType | undefined {
  const count = Object.hasOwn(COUNTS, suffix) ? COUNTS[suffix] : undefined;
  if (count !== undefined) return unscaled(count);
  const time = Object.hasOwn(TIMES, suffix) ? TIMES[suffix] : undefined;
  if (time === undefined) return undefined;
  if (sampleRateHz === 0) return unscaled([time[0], 'samples', 'count']);
  const period = Math.floor(NANOS_PER_SECOND / sampleRateHz);
  if (period === 0) throw new HttpProblem(400, 'sampleRate must not be over 1000000000.');
  return { ...unscaled(time), periodType: PERIOD_TYPE, period };
}

function unscaled([name, type, unit]: Row): CountedType {
  return { name, sampleType: { type, unit }, periodType: undefined, period: 1 };
}

/** What sample types are called without a word of the sender. */
const SHOWN: ReadonlyMap<string, string> = new Map([['samples', 'cpu']]);

/** The label `__name__` of a pprof profile: its first sample type that tells decides. `shown` may call them otherwise. */
export function nameOfSampleTypes(
  types: readonly string[],
  shown: ReadonlyMap<string, string> = SHOWN,
): string {
  if (types.includes('wall')) return 'wall';
  const names = types.map((type) => shown.get(type) ?? type);
  for (const name of names) {
    if (name.includes('cpu')) return 'process_cpu';
    if (/alloc_|inuse_|^space$|^objects$/.test(name)) return 'memory';
    if (name.includes('mutex_')) return 'mutex';
    if (name.includes('block_')) return 'block';
    if (name.includes('goroutines')) return 'goroutines';
  }
  return names.at(-1) ?? '';
}
