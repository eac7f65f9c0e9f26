// The figures of all runs, by case and program.
import { median } from '../median.ts';
import type { Case } from './cases.ts';
import type { RunFigures } from './run.ts';
import type { Subject } from './subject.ts';

export interface CaseResult {
  readonly case: Case;
  readonly program: Subject['name'];
  readonly runs: readonly RunFigures[];
}

export class Results {
  readonly all: CaseResult[] = [];

  of(name: string, program: Subject['name']): CaseResult | undefined {
    return this.all.find((result) => result.case.name === name && result.program === program);
  }

  startUpMs(program: Subject['name']): number {
    return median(this.of('start-up', program)?.runs.map((run) => run.cpuMs) ?? []);
  }

  /** CPU time per sample in microseconds: (tree - sampler's own - start-up) / samples; the same number is seconds per million. */
  microsPerSample({ case: of, program, runs }: CaseResult): readonly number[] {
    return runs.map((run) => ((run.cpuMs - this.startUpMs(program)) * 1_000) / of.samples);
  }
}
