// The figures behind the goals, as a table in Markdown.
import { digits, markdown, range } from '../markdown.ts';
import { median } from '../median.ts';
import { lostIn } from './goals.ts';
import type { CaseResult, Results } from './results.ts';

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
