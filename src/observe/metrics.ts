// The bridge's figures for Prometheus; read from their owners when they are asked for, so that hot paths know nothing of it.
import { Counter, Gauge, Registry } from 'prom-client';
import type { EventLog } from './events.ts';
import type { Ledger } from './ledger.ts';

export interface MetricSources {
  readonly ledger: Ledger;
  readonly events: EventLog;
  readonly version: string;
  readonly queue: () => {
    readonly batches: number;
    readonly residentBytes: number;
    readonly spoolBytes: number;
  };
  readonly isSamplerAlive: () => boolean;
  /** The sampler's own totals, by name. */
  readonly samplerStats: () => ReadonlyMap<string, number>;
  /** Tag values that became `other`, by tag. */
  readonly cappedTagValues: () => ReadonlyMap<string, number>;
  /** Samples by what became of their trace context; empty where nobody asks for it. */
  readonly spanOutcomes: () => ReadonlyMap<string, number>;
}

/** One figure, or one per value of a label. */
type Reading = number | ReadonlyMap<string, number>;

export function makeMetrics(sources: MetricSources): Registry {
  const registry = new Registry();
  const totals = (): ReturnType<Ledger['totals']> => sources.ledger.totals();
  const counter = makeCounter(registry);
  const gauge = makeGauge(registry);
  counter('samples_received_total', 'Samples that the sampler printed.', () => totals().received);
  counter(
    'samples_replayed_total',
    'Samples that an earlier run left in the spool.',
    () => totals().replayed,
  );
  counter('samples_delivered_total', 'Samples that the server took.', () => totals().delivered);
  counter('samples_filtered_total', 'Samples left out by --entrypoint.', () => totals().filtered);
  counter('samples_dropped_total', 'Samples lost, by reason.', () => totals().dropped, 'reason');
  gauge('samples_pending', 'Samples whose fate is not decided yet.', () => totals().pending);
  gauge('queue_batches', 'Batches that wait for delivery.', () => sources.queue().batches);
  gauge(
    'queue_bytes',
    'Bytes of batches in memory, those on the wire included.',
    () => sources.queue().residentBytes,
  );
  gauge('spool_bytes', 'Bytes of batches on disk.', () => sources.queue().spoolBytes);
  counter('events_total', 'What has happened, by event of the log.', () => sources.events.totals, 'event');
  counter(
    'tag_values_capped_total',
    'Distinct values over --max-tag-values.',
    sources.cappedTagValues,
    'tag',
  );
  counter(
    'span_samples_total',
    'Samples with --span-labels, by what became of their trace context.',
    sources.spanOutcomes,
    'outcome',
  );
  gauge('sampler_up', 'Whether the sampler runs.', () => Number(sources.isSamplerAlive()));
  gauge('sampler_stats', "The sampler's own totals.", sources.samplerStats, 'counter');
  gauge('build_info', 'The version of this program.', () => new Map([[sources.version, 1]]), 'version');
  return registry;
}

type Define = (name: string, help: string, read: () => Reading, label?: string) => void;

function makeCounter(registry: Registry): Define {
  return (name, help, read, label) => {
    new Counter({
      ...{
        name: `spybridge_${name}`,
        help,
        labelNames: label === undefined ? [] : [label],
        registers: [registry],
      },
      collect() {
        this.reset();
        eachReading(read(), label, (labels, value) => {
          this.inc(labels, value);
        });
      },
    });
  };
}

function makeGauge(registry: Registry): Define {
  return (name, help, read, label) => {
    new Gauge({
      ...{
        name: `spybridge_${name}`,
        help,
        labelNames: label === undefined ? [] : [label],
        registers: [registry],
      },
      collect() {
        this.reset();
        eachReading(read(), label, (labels, value) => {
          this.set(labels, value);
        });
      },
    });
  };
}

function eachReading(
  reading: Reading,
  label: string | undefined,
  use: (labels: Record<string, string>, value: number) => void,
): void {
  if (typeof reading === 'number') use({}, reading);
  else for (const [value, figure] of reading) use(label === undefined ? {} : { [label]: value }, figure);
}
