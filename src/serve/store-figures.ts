// What stores count of themselves, for Prometheus.
import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Figure } from '../store/figures.ts';
import { FIGURES } from '../store/figures.ts';

/** Asked for when somebody looks at the metrics. */
export function addStoreFigures(registry: Registry, read: () => readonly Figure[]): void {
  // All metrics are collected in one go, which the store is asked for once.
  let known: readonly Figure[] | undefined;
  const readOnce = (): readonly Figure[] => {
    if (known === undefined)
      queueMicrotask(() => {
        known = undefined;
      });
    return (known ??= read());
  };
  for (const [name, [kind, help, labelNames]] of Object.entries(FIGURES)) {
    const ofName = (): readonly Figure[] => readOnce().filter((figure) => figure.name === name);
    const options = { name: `spybridge_${name}`, help, labelNames, registers: [registry] };
    if (kind === 'counter')
      new Counter({
        ...options,
        collect() {
          this.reset();
          for (const { labels, value } of ofName()) this.inc({ ...labels }, value);
        },
      });
    else
      new Gauge({
        ...options,
        collect() {
          this.reset();
          for (const { labels, value } of ofName()) this.set({ ...labels }, value);
        },
      });
  }
}
