// speedscope's file format, one sampled profile: https://www.speedscope.app/file-format-schema.json
import type { Profile } from '../model/profile.ts';

interface SpeedscopeFrame {
  readonly name: string;
  readonly file?: string;
  readonly line?: number;
}

/** What weights are; other things than times and bytes have no unit there. */
export type SpeedscopeUnit = 'nanoseconds' | 'bytes' | 'none';

/** Label sets are left out: rows with equal stacks are added up. Weights are times, or counts where `unit` is no time. */
export function encodeSpeedscope(
  profile: Profile,
  name: string,
  unit: SpeedscopeUnit = 'nanoseconds',
): Buffer {
  const { type, tables, rows, periodNanos } = profile;
  const weightOfOne = unit === 'nanoseconds' ? periodNanos : 1;
  const weights = new Map<number, number>();
  for (let row = 0; row < rows.length; row++) {
    const stack = rows.stacks[row]!;
    weights.set(stack, (weights.get(stack) ?? 0) + rows.counts[row]! * weightOfOne);
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
          ...{ type: 'sampled', name, unit, startValue: 0, endValue },
          // Root first there, leaf first here.
          samples: [...weights.keys()].map((stack) => [...tables.framesOf(stack)].reverse()),
          weights: [...weights.values()],
        },
      ],
    }),
  );
}
