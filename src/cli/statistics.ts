// The ledger as facts of a log line.
import type { LedgerTotals } from '../observe/ledger.ts';

export function describeTotals({ dropped, droppedTotal, ...totals }: LedgerTotals): Record<string, unknown> {
  return {
    ...totals,
    dropped: droppedTotal,
    ...(droppedTotal > 0 ? { droppedBy: Object.fromEntries(dropped) } : {}),
  };
}
