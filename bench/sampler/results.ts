// The figures of all runs, by case and program.
import { digits, markdown, range } from '../markdown.ts';
import { median } from '../median.ts';
import type { Figures } from './case.ts';
import type { Program } from './program.ts';

export interface CaseResult {
  readonly name: string;
  readonly program: Program['name'];
  /** The runs of both programs of one case alternated: those of one place are a pair. */
  readonly runs: readonly Figures[];
}

export class Results {
  readonly all: CaseResult[] = [];

  /** Of every run that has the figure; none where the case did not run. */
  values(name: string, program: Program['name'], figure: string): readonly number[] {
    const runs = this.all.find((result) => result.name === name && result.program === program)?.runs ?? [];
    return runs.map((run) => run[figure] ?? NaN).filter((value) => !Number.isNaN(value));
  }

  /** Median of the pairs' ratios, peer by ours; undefined without pairs. */
  ratio(name: string, figure: string): number | undefined {
    const ours = this.values(name, 'spybridge', figure);
    const theirs = this.values(name, 'phpspy', figure);
    const ratios = ours.slice(0, theirs.length).map((value, index) => theirs[index]! / value);
    return ratios.length === 0 || ratios.some((value) => !Number.isFinite(value))
      ? undefined
      : median(ratios);
  }

  table(): string {
    const rows = this.all.flatMap(({ name, program, runs }) =>
      Object.keys(runs[0] ?? {}).map((figure) => {
        const values = this.values(name, program, figure);
        const seen = values.length === 1 ? digits(values[0]!) : range(values);
        return [name, figure, program, values.length === 0 ? '-' : seen, String(values.length)];
      }),
    );
    return markdown(['case', 'figure', 'program', 'median (least..most)', 'runs'], rows);
  }
}
