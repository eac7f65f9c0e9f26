// speedscope's file format, one sampled profile: https://www.speedscope.app/file-format-schema.json
import type { Profile } from '../model/profile.ts';

interface SpeedscopeFrame {
  readonly name: string;
  readonly file?: string;
  readonly line?: number;
}

/** Label sets are left out: rows with equal stacks are added up. Weights are nanoseconds. */
export function encodeSpeedscope(profile: Profile, name: string): Buffer {
  const { type, tables, rows, periodNanos } = profile;
  const weights = new Map<number, number>();
  for (let row = 0; row < rows.length; row++) {
    const stack = rows.stacks[row]!;
    weights.set(stack, (weights.get(stack) ?? 0) + rows.counts[row]! * periodNanos);
  }
  const frames = tables.names.map((frameName, i): SpeedscopeFrame => {
    const file = tables.files[i]!;
    const line = tables.lines[i]!;
    return { name: frameName, ...(file === '' ? {} : { file }), ...(line === 0 ? {} : { line }) };
  });
  const endValue = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  return Buffer.from(
    JSON.stringify({
      $schema: 'https://www.speedscope.app/file-format-schema.json',
      exporter: 'spybridge',
      name,
      activeProfileIndex: 0,
      // Not of the format, which passes over it: `decodeSpeedscope` gets the counts back with it.
      spybridge: { type, periodNanos },
      shared: { frames },
      profiles: [
        {
          ...{ type: 'sampled', name, unit: 'nanoseconds', startValue: 0, endValue },
          // Root first there, leaf first here.
          samples: [...weights.keys()].map((stack) => [...tables.framesOf(stack)].reverse()),
          weights: [...weights.values()],
        },
      ],
    }),
  );
}
