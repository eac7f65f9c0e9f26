// Label sets: what a tag becomes. Sorted by name, so that equal sets have equal keys.

export type Label = readonly [name: string, value: string];

/** Sorted by name, each name once. */
export type Labels = readonly Label[];

/** Sorts by name; of several labels with one name the last wins, and empty values are left out. */
export function makeLabels(pairs: Iterable<Label>): Labels {
  const byName = new Map<string, string>();
  for (const [name, value] of pairs) byName.set(name, value);
  return [...byName].filter(([, value]) => value !== '').sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Labels of `base` overlaid with `extra`. */
export function mergeLabels(base: Labels, extra: Labels): Labels {
  if (extra.length === 0) return base;
  return makeLabels([...base, ...extra]);
}

/** One string per distinct set. Length-prefixed, so that no value can imitate another set. */
export function labelsKey(labels: Labels): string {
  let key = '';
  for (const [name, value] of labels) key += `${name.length}:${name}${value.length}:${value}`;
  return key;
}
