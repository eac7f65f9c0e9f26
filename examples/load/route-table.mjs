// @ts-check
// The demo's table: per route what PHP itself says it did, beside what the profile says. The profile is read by a library
// that is not ours.
import { gunzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';

const TOP_FUNCTIONS = 3;
const ROUTE_LABEL = 'uri';

/**
 * Samples of each route, and of the functions that were running in them (leaves).
 * @param {Buffer} pprof gzipped
 * @returns {Map<string, {samples: number, functions: Map<string, number>}>}
 */
export function countRoutes(pprof) {
  const profile = Profile.decode(gunzipSync(pprof));
  /** @param {number | bigint} id */
  const text = (id) => profile.stringTable.strings[Number(id)] ?? '';
  const functionNames = new Map(profile.function.map((fn) => [Number(fn.id), text(fn.name)]));
  const locationNames = new Map(
    profile.location.map(({ id, line }) => [
      Number(id),
      functionNames.get(Number(line[0]?.functionId)) ?? '',
    ]),
  );
  const routes = new Map();
  for (const { label, value, locationId } of profile.sample) {
    const route = text(label.find(({ key }) => text(key) === ROUTE_LABEL)?.str ?? 0);
    const samples = Number(value[0]) / Number(profile.period);
    const leaf = locationNames.get(Number(locationId[0])) ?? '';
    const entry = routes.get(route) ?? { samples: 0, functions: new Map() };
    entry.samples += samples;
    entry.functions.set(leaf, (entry.functions.get(leaf) ?? 0) + samples);
    routes.set(route, entry);
  }
  return routes;
}

/**
 * @param {Buffer} pprof gzipped
 * @param {ReadonlyMap<string, {requests: number, micros: number}>} truths by route
 * @returns {string}
 */
export function formatRoutes(pprof, truths) {
  const routes = countRoutes(pprof);
  const allSamples = sum([...routes.values()].map(({ samples }) => samples));
  const allMicros = sum([...truths.values()].map(({ micros }) => micros));
  const head = [
    'route',
    'requests',
    "PHP's clock",
    'share',
    'samples',
    'share',
    'where (function that was running)',
  ];
  const rows = [...truths]
    .sort(([, a], [, b]) => b.micros - a.micros)
    .map(([route, { requests, micros }]) => {
      const { samples, functions } = routes.get(route) ?? { samples: 0, functions: new Map() };
      const top = [...functions].sort(([, a], [, b]) => b - a).slice(0, TOP_FUNCTIONS);
      return [
        ...[route, String(requests), `${(micros / 1e6).toFixed(1)} s`, percent(micros, allMicros)],
        ...[String(samples), percent(samples, allSamples)],
        top.map(([name, count]) => `${name} ${percent(count, samples)}`).join(', '),
      ];
    });
  return align([head, ...rows]);
}

/** @param {readonly number[]} numbers */
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** @param {number} part @param {number} whole */
const percent = (part, whole) => (whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`);

/** Numbers to the right; the first and the last column to the left. @param {readonly (readonly string[])[]} rows */
function align(rows) {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, i) =>
          i === 0 ? cell.padEnd(widths[i] ?? 0) : i === row.length - 1 ? cell : cell.padStart(widths[i] ?? 0),
        )
        .join('  '),
    )
    .join('\n');
}
