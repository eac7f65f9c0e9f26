// What spybridge's log says at its end.

/** Samples that reached the server. */
export function readDelivered(log: string): number {
  const line = log
    .split('\n')
    .reverse()
    .find((text) => text.includes('"event":"stopped"') || text.includes('"event":"lost_at_stop"'));
  if (line === undefined) throw new Error(`spybridge did not end as it should:\n${log.slice(-2_000)}`);
  return (JSON.parse(line) as { delivered: number }).delivered;
}
