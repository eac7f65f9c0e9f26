// One sample type of a pprof in the formats that other tools read, with labels added up. All throw PprofTooLarge.
import type { Measure } from '../flame-graph-words.ts';
import { encodeFlameGraph } from '../flame-graph.ts';
import { encodeFolded } from '../folded.ts';
import type { SpeedscopeUnit } from '../speedscope.ts';
import { encodeSpeedscope } from '../speedscope.ts';
import type { TreeSource } from './name-tree.ts';
import { nanosOf, toProfile } from './to-profile.ts';

/** Counts are samples where the period shows them, else the values as they are: nanoseconds, bytes, objects. */
export function exportFolded(source: TreeSource): Buffer {
  return encodeFolded(toProfile(source));
}

export function exportSpeedscope(source: TreeSource, name: string): Buffer {
  return encodeSpeedscope(toProfile(source), name, speedscopeUnit(unitOf(source)));
}

/** SVG, with its script inside of it. */
export function exportFlameGraph(source: TreeSource, title: string): Buffer {
  const profile = toProfile(source);
  const { type, unit } = source.pprof.header.sampleTypes[source.column]!;
  const nanos = nanosOf(unit);
  const isSampled = nanos !== undefined && profile.periodNanos !== nanos;
  const isKnownTime = isSampled && (type === 'cpu' || type === 'wall');
  const measure: Measure = { name: type, unit: nanos === undefined ? unit : 'nanoseconds', isSampled };
  return encodeFlameGraph(profile, isKnownTime ? { title } : { title, measure });
}

function unitOf({ pprof, column }: TreeSource): string {
  return pprof.header.sampleTypes[column]!.unit;
}

function speedscopeUnit(unit: string): SpeedscopeUnit {
  if (nanosOf(unit) !== undefined) return 'nanoseconds';
  return unit === 'bytes' ? 'bytes' : 'none';
}
