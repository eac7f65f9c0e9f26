// Profiles that have one sample type in common, but not all: an agent that was updated, or text beside pprof. A store adds up what is
// alike; here each kind is added up for itself, and its one column goes on.
import type { Pprof, SampleLabel } from '../../../formats/pprof/pprof.ts';
import type { Label, Labels } from '../../../model/labels.ts';
import { labelsKey, makeLabels } from '../../../model/labels.ts';
import { labelsThatStay } from '../../../store/intake.ts';
import { lookupIn } from '../../../store/lookup.ts';
import { compileMatchers } from '../../../store/matching.ts';
import type { StoredProfile } from '../../../store/profile.ts';
import { profileTypeId } from '../../../store/profile-type.ts';
import type { ProfileStore } from '../../../store/store.ts';
import type { Keeper } from './pick.ts';
import { columnOf } from './pick.ts';
import type { Selection } from './selection.ts';

const NO_LABELS: readonly SampleLabel[] = [];

export interface MergedKind {
  readonly pprof: Pprof;
  /** Of the sample type that is asked for. */
  readonly column: number;
  /** Samples of series that match; the others came along. */
  readonly isMeant: Keeper;
}

/** `found` are the profiles that the selection names. Throws StoreError. */
export async function* mergeKinds(
  store: ProfileStore,
  { selector, type, typeId }: Selection,
  found: readonly StoredProfile[],
): AsyncGenerator<MergedKind> {
  const match = compileMatchers(selector.matchers);
  for (const profiles of groupKinds(found)) {
    const [first] = profiles;
    const column = columnOf(first.sampleTypes, type.sampleType);
    if (column < 0 || profileTypeId(first.type, type.sampleType, first.periodType) !== typeId) continue;
    const ids = profiles.map(({ id }) => id);
    const merged = await store.merge({ tenant: selector.tenant, ids }, { withSampleLabels: true });
    if (merged === undefined) continue;
    const { pprof } = merged;
    const isSeriesMeant = (labels: readonly SampleLabel[]): boolean =>
      match(lookupIn(first, seriesLabelsOf(labels), column));
    yield { pprof, column, isMeant: keeperBy(pprof, isSeriesMeant) };
  }
}

type Group = [StoredProfile, ...StoredProfile[]];

/** Profiles of one group have the same sample types and labels. */
function groupKinds(found: readonly StoredProfile[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const profile of found) {
    const { service, labels, sampleTypes, periodType } = profile;
    const key = JSON.stringify([service, labelsKey(labels), sampleTypes, periodType]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [profile]);
    else group.push(profile);
  }
  return [...groups.values()];
}

/** Samples with one label set share it, and are judged once. */
function keeperBy({ samples }: Pprof, isMeant: (labels: readonly SampleLabel[]) => boolean): Keeper {
  const judged = new Map<readonly SampleLabel[], boolean>();
  return (sample) => {
    const labels = samples.labels.get(sample) ?? NO_LABELS;
    let answer = judged.get(labels);
    if (answer === undefined) {
      answer = isMeant(labels);
      judged.set(labels, answer);
    }
    return answer;
  };
}

function seriesLabelsOf(labels: readonly SampleLabel[]): Labels {
  const stay = new Set(labelsThatStay(labels));
  return makeLabels(
    labels.flatMap((label): Label[] =>
      stay.has(label) || !('text' in label) ? [] : [[label.key, label.text]],
    ),
  );
}
