// A figure that is to be reached, and the table of all that says whether it was.
import { digits, markdown } from './markdown.ts';

export interface Goal {
  readonly figure: string;
  readonly unit: string;
  readonly ours: number;
  /** Measured in this run, else as it was recorded once on another machine. */
  readonly peer: number | undefined;
  readonly isPeerRecorded: boolean;
  /** Of paired runs; undefined: no ratio says anything here. */
  readonly ratio: number | undefined;
  /** `ratio`: peer / ours is at least this; `ceiling`: ours is at most this; `floor`: ours is at least this. */
  readonly kind: 'ratio' | 'ceiling' | 'floor';
  readonly must: number;
  /** Where there is a goal beyond the must. */
  readonly aim: number | undefined;
}

export function goalTable(goals: readonly Goal[], peerName: string): string {
  const rows = goals.map((goal) => [
    ...[goal.figure, goal.unit, digits(goal.ours)],
    goal.peer === undefined ? '-' : `${digits(goal.peer)}${goal.isPeerRecorded ? ' (recorded)' : ''}`,
    goal.ratio === undefined ? '-' : `${digits(goal.ratio)}x`,
    ...[limit(goal, goal.must), goal.aim === undefined ? '-' : limit(goal, goal.aim)],
  ]);
  return markdown(['figure', 'unit', 'spybridge', peerName, 'ratio', 'must', 'goal'], rows);
}

function limit(goal: Goal, value: number): string {
  const sign = { ratio: `${value}x`, ceiling: `<= ${value}`, floor: `>= ${value}` }[goal.kind];
  return `${sign}: ${isReached(goal, value) ? 'yes' : 'no'}`;
}

/** What could not be measured is not reached. */
export function isReached({ kind, ours, ratio = NaN }: Goal, value: number): boolean {
  if (kind === 'ceiling') return ours <= value;
  return (kind === 'ratio' ? ratio : ours) >= value;
}
