// The labels that a selector sees: those of the profile, those of a series over them, and the names of both.
import type { Labels } from '../model/labels.ts';
import type { LabelLookup } from './matching.ts';
import type { StoredProfile } from './profile.ts';
import { nameOfType, profileTypeId } from './profile-type.ts';

/** What of a profile a selector can ask for, but for its time. */
export type LabeledProfile = Pick<
  StoredProfile,
  'labels' | 'service' | 'type' | 'sampleTypes' | 'periodType'
>;

/** `typeIndex` is that of a sample type; a profile without any has no `__profile_type__`. */
export function lookupIn(profile: LabeledProfile, sampleLabels: Labels, typeIndex: number): LabelLookup {
  const labels = new Map([...profile.labels, ...sampleLabels]);
  const sampleType = profile.sampleTypes[typeIndex];
  labels.set('service_name', profile.service);
  labels.set('__name__', nameOfType(profile.type));
  if (sampleType !== undefined)
    labels.set('__profile_type__', profileTypeId(profile.type, sampleType, profile.periodType));
  return (name) => labels.get(name) ?? '';
}
