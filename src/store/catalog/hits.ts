// What a selector finds in a record: whether it matches, and which of its series and sample types do.
import type { Label, Labels } from '../../model/labels.ts';
import { makeLabels } from '../../model/labels.ts';
import { lookupIn } from '../lookup.ts';
import type { LabelMatch } from '../matching.ts';
import { compile, compileMatchers } from '../matching.ts';
import type { StoredProfile } from '../profile.ts';
import { nameOfType, profileTypeId } from '../profile-type.ts';
import type { Matcher, Selector } from '../selector.ts';
import type { Asking } from '../store.ts';
import type { Scope } from './catalog.ts';
import type { ProfileRecord, SeriesTotals } from './record.ts';

const NO_SERIES: SeriesTotals = { sampleLabels: [], totals: [] };

export class Question {
  readonly scope: Scope;
  private readonly match: LabelMatch;

  /** Throws StoreError('malformed') where an expression is none. */
  constructor(selector: Selector, { signal }: Asking = {}) {
    const { matchers, ...window } = selector;
    this.match = compileMatchers(matchers);
    const hasService = allOf(matchers, 'service_name');
    const hasName = allOf(matchers, '__name__');
    this.scope = { ...window, signal, hasService, hasType: (type) => hasName(nameOfType(type)) };
  }

  matches({ profile, series }: ProfileRecord): boolean {
    const all = series.length === 0 ? [NO_SERIES] : series;
    return all.some(({ sampleLabels }) => this.matchesSeries(profile, sampleLabels));
  }

  /** A series counts where it matches with any of the sample types. */
  matchesSeries(profile: StoredProfile, sampleLabels: Labels): boolean {
    const types = Math.max(1, profile.sampleTypes.length);
    for (let type = 0; type < types; type++) if (this.matchesType(profile, sampleLabels, type)) return true;
    return false;
  }

  matchesType(profile: StoredProfile, sampleLabels: Labels, type: number): boolean {
    return this.match(lookupIn(profile, sampleLabels, type));
  }
}

/** All labels of a series, cut down to `names` where given. */
export function labelsOfSeries(
  profile: StoredProfile,
  sampleLabels: Labels,
  type: number,
  names: readonly string[] | undefined,
): Labels {
  const sampleType = profile.sampleTypes[type];
  const own: Label[] = [
    ['service_name', profile.service],
    ['__name__', nameOfType(profile.type)],
  ];
  if (sampleType !== undefined)
    own.push(['__profile_type__', profileTypeId(profile.type, sampleType, profile.periodType)]);
  const labels = makeLabels([...profile.labels, ...sampleLabels, ...own]);
  return names === undefined ? labels : labels.filter(([name]) => names.includes(name));
}

function allOf(matchers: readonly Matcher[], name: string): (value: string) => boolean {
  const tests = matchers.filter((matcher) => matcher.name === name).map(compile);
  return (value) => tests.every((test) => test(value));
}
