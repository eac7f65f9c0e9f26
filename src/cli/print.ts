// `spybridge print`: what would be sent, with its tags, on stdout; nothing is uploaded.
import { encodeFolded } from '../formats/folded.ts';
import { countSamples, explodeProfile } from '../formats/pprof-split.ts';
import { makeLabels } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import type { Profile } from '../model/profile.ts';
import { seriesLabels, spanLabels } from '../model/span-labels.ts';
import type { EventLog } from '../observe/events.ts';
import { Ledger } from '../observe/ledger.ts';
import { exitCodeOfSignal } from './exit-codes.ts';
import type { Job } from './job.ts';
import { Pipeline } from './pipeline.ts';
import { SignalDesk } from './signals.ts';
import { describeTotals } from './statistics.ts';

export async function runPrint(job: Job, events: EventLog): Promise<number> {
  const ledger = new Ledger();
  const app = job.config.app === undefined ? [] : [['service_name', job.config.app] as const];
  const fixed = makeLabels([...app, ...job.tags.fixed]);
  const pipeline = new Pipeline({
    ...{ job, ledger, events },
    onProfile: (profile) => {
      process.stdout.write(describeProfile(profile, fixed));
      ledger.deliver(countSamples(profile.rows));
    },
  });
  const signals = new SignalDesk({
    onStop: () => undefined,
    onQuit: () => undefined,
    onFlush: () => {
      pipeline.flush();
    },
  });
  const end = await pipeline.run(signals.stopped);
  signals.close();
  events.report('stopped', describeTotals(ledger.totals()));
  return end.signal === undefined ? (end.exitCode ?? 0) : exitCodeOfSignal(end.signal);
}

/** A comment line with the labels of the series and those of the span, then the folded stacks under them; per label set. */
function describeProfile(profile: Profile, fixed: Labels): string {
  return explodeProfile(profile)
    .map((part) => {
      const own = part.labelSets[0] ?? [];
      const series = makeLabels([...fixed, ...seriesLabels(own)]);
      const text = series.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ');
      const span = spanLabels(own).map(([name, id]) => ` ${name}=${id}`);
      return `# ${profile.type} {${text}}${span.join('')} ${countSamples(part.rows)} samples\n${encodeFolded(part).toString('utf8')}\n`;
    })
    .join('');
}
