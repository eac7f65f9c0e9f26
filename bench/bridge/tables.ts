// Two tables in Markdown: the goals and whether they are met, and the figures behind them.
import type { Goal } from './goals.ts';
import { lostIn } from './goals.ts';
import type { CaseResult, Results } from './results.ts';
import { median } from './results.ts';

export function goalTable(goals: readonly Goal[]): string {
  const rows = goals.map((goal) => {
    const { ours = NaN, peer } = goal;
    const ratio = peer === undefined || goal.unit === 'samples' || ours === 0 ? undefined : peer / ours;
    const reached = goal.kind === 'ratio' ? (ratio ?? NaN) : ours;
    const isMet = (limit: number): string =>
      (goal.kind === 'ratio' ? reached >= limit : reached <= limit) ? 'yes' : 'no';
    const limit = (value: number): string =>
      `${goal.kind === 'ratio' ? `${value}x` : `<= ${value}`}: ${isMet(value)}`;
    return [
      ...[goal.figure, goal.unit, digits(ours)],
      peer === undefined ? '-' : `${digits(peer)}${goal.isPeerRecorded ? ' (recorded)' : ''}`,
      ratio === undefined ? '-' : `${digits(ratio)}x`,
      ...[limit(goal.must), limit(goal.aim)],
    ];
  });
  return markdown(['figure', 'unit', 'spybridge', 'gospy', 'ratio', 'must', 'goal'], rows);
}

export function figureTable(results: Results): string {
  const rows = results.all.map((result) => {
    const { case: of, program, runs } = result;
    const time = of.measure === 'time' && of.samples > 0 ? range(results.microsPerSample(result)) : '-';
    const percent = of.measure === 'steady' ? range(runs.map((run) => run.steadyPercent)) : '-';
    const isCounted = of.samples > 0 && of.server === 'answers';
    return [
      ...[of.name, program, String(of.samples)],
      ...[range(runs.map((run) => run.cpuMs)), range(runs.map((run) => run.samplerMs)), time, percent],
      range(runs.map((run) => run.peakMb)),
      digits(median(runs.map((run) => run.requests))),
      digits(median(runs.map((run) => run.sentBytes / 1e3))),
      isCounted ? lossRange(result) : '-',
    ];
  });
  const head = ['case', 'program', 'samples', 'CPU ms', "sampler's CPU ms", 'us per sample', '% of a core'];
  return markdown([...head, 'peak MB', 'requests', 'KB sent', 'lost'], rows);
}

function lossRange(result: CaseResult): string {
  const losses = result.runs.map((run) => lostIn(result, run));
  const [least, most] = [Math.min(...losses), Math.max(...losses)];
  return least === most ? String(least) : `${least}..${most}`;
}

function range(values: readonly number[]): string {
  return `${digits(median(values))} (${digits(Math.min(...values))}..${digits(Math.max(...values))})`;
}

function digits(value: number): string {
  if (Number.isNaN(value)) return '-';
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 || value === 0 ? 1 : 2);
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
