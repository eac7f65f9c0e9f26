// Values and names as they are read: time, bytes and counts in few digits; profile types in words.

const SCALES: Readonly<Record<string, readonly (readonly [factor: number, unit: string])[]>> = {
  time: [
    [1, 'ns'],
    [1e3, 'µs'],
    [1e6, 'ms'],
    [1e9, 's'],
    [6e10, 'min'],
    [3.6e12, 'h'],
    [8.64e13, 'days'],
  ],
  bytes: [
    [1, 'B'],
    [1024, 'KiB'],
    [1024 ** 2, 'MiB'],
    [1024 ** 3, 'GiB'],
    [1024 ** 4, 'TiB'],
  ],
  count: [
    [1, ''],
    [1e3, 'k'],
    [1e6, 'M'],
    [1e9, 'G'],
  ],
};
const NANOS: Readonly<Record<string, number>> = {
  nanoseconds: 1,
  microseconds: 1e3,
  milliseconds: 1e6,
  seconds: 1e9,
};

/** The unit is that of a sample type: nanoseconds, bytes, count... */
export function formatValue(value: number, unit: string): string {
  const nanos = NANOS[unit];
  if (nanos !== undefined) return scale(value * nanos, 'time');
  return scale(value, unit === 'bytes' ? 'bytes' : 'count');
}

function scale(value: number, kind: string): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  const [factor, unit] = SCALES[kind]!.findLast(([least]) => size >= least) ?? SCALES[kind]![0]!;
  const scaled = value / factor;
  const digits = factor === 1 || Math.abs(scaled) >= 100 ? 0 : Math.abs(scaled) >= 10 ? 1 : 2;
  return `${scaled.toFixed(digits)}${unit === '' ? '' : ` ${unit}`}`;
}

export function formatPercent(part: number, whole: number): string {
  if (whole === 0) return '0 %';
  const percent = (part / whole) * 100;
  return `${percent.toFixed(percent >= 99.95 || percent === 0 ? 0 : percent >= 10 ? 1 : 2)} %`;
}

/** With its sign; `new` and `gone` where there is nothing to divide. Shares, not values, since both sides differ in length. */
export function formatChange(leftShare: number, rightShare: number): string {
  if (leftShare === rightShare) return '0 %';
  if (leftShare === 0) return 'new';
  if (rightShare === 0) return 'gone';
  const percent = (rightShare / leftShare - 1) * 100;
  const size =
    Math.abs(percent) >= 1_000 ? percent.toPrecision(2) : percent.toFixed(Math.abs(percent) >= 10 ? 0 : 1);
  return `${percent > 0 ? '+' : '−'}${String(Number(size)).replace('-', '')} %`;
}

export function unitOf(typeId: string): string {
  return typeId.split(':')[2] ?? '';
}

const NAMES: Readonly<Record<string, string>> = {
  'wall:wall:nanoseconds': 'Wall time',
  'process_cpu:cpu:nanoseconds': 'CPU time',
  'memory:alloc_space:bytes': 'Memory allocated',
  'memory:alloc_objects:count': 'Allocations',
  'memory:inuse_space:bytes': 'Memory in use',
  'memory:inuse_objects:count': 'Objects in use',
};

/** What a profile type is called in the page. */
export function nameOfTypeId(typeId: string): string {
  const [name = '', sample = '', unit = ''] = typeId.split(':');
  const known = NAMES[`${name}:${sample}:${unit}`];
  if (known !== undefined) return known;
  const words = { process_cpu: 'CPU', wall: 'Wall' }[name] ?? name;
  return sample === name || sample === '' ? words : `${words}: ${sample.replaceAll('_', ' ')}`;
}
