// The names that profile types have: profefe's words, Pyroscope's __name__, and its ids of five parts.
import type { ValueType } from '../formats/pprof/pprof.ts';

/** profefe's word to Pyroscope's name, where they differ. All other words are the same in both. */
const NAMES: readonly (readonly [word: string, name: string])[] = [
  ['cpu', 'process_cpu'],
  ['heap', 'memory'],
];

export function nameOfType(word: string): string {
  return NAMES.find(([known]) => known === word)?.[1] ?? word;
}

export function typeOfName(name: string): string {
  return NAMES.find(([, known]) => known === name)?.[0] ?? name;
}

/** `process_cpu:cpu:nanoseconds:cpu:nanoseconds`: what Pyroscope calls a profile type, one per sample type. */
export function profileTypeId(
  type: string,
  sampleType: ValueType,
  periodType: ValueType | undefined,
): string {
  const { type: period, unit } = periodType ?? { type: '', unit: '' };
  return `${nameOfType(type)}:${sampleType.type}:${sampleType.unit}:${period}:${unit}`;
}

export interface ProfileTypeParts {
  /** The word of `Upload.type`. */
  readonly type: string;
  readonly sampleType: ValueType;
  readonly periodType: ValueType;
}

/** Undefined for what has not five parts; a sixth, `delta`, is taken and means nothing here. */
export function parseProfileTypeId(id: string): ProfileTypeParts | undefined {
  const parts = id.split(':');
  if (parts.length !== 5 && !(parts.length === 6 && parts[5] === 'delta')) return undefined;
  const [name, type, unit, period, periodUnit] = parts;
  if (name === '' || type === '') return undefined;
  return {
    type: typeOfName(name!),
    sampleType: { type: type!, unit: unit! },
    periodType: { type: period!, unit: periodUnit! },
  };
}
