// The labels of a stored series, as a client sees them.
import type { Label, Labels } from '../../model/labels.ts';
import { makeLabels } from '../../model/labels.ts';
import { nameOfType, profileTypeId } from '../profile-type.ts';
import type { HeaderPlace } from './scan.ts';

/** As the sample type in place `type`; cut down to `names` where given. */
export function allLabels(
  { service, segment, headerId }: HeaderPlace,
  seriesId: number,
  type: number,
  names: readonly string[] | undefined,
): Labels {
  const header = segment.header(headerId);
  const { profileLabels, sampleLabels } = segment.series(seriesId);
  const sampleType = header.sampleTypes[type];
  const labels: Label[] = [
    ...profileLabels,
    ...sampleLabels,
    ['service_name', service.service],
    ['__name__', nameOfType(header.type)],
    ['__profile_type__', sampleType ? profileTypeId(header.type, sampleType, header.periodType) : ''],
  ];
  return makeLabels(names === undefined ? labels : labels.filter(([name]) => names.includes(name)));
}
