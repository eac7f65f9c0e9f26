// The body of push.v1.PusherService/Push: one series with one pprof. Protocol: Connect unary, protocol buffers.
import type { Batch } from '../../model/batch.ts';
import type { Label } from '../../model/labels.ts';
import { ProtoWriter } from '../../formats/proto-writer.ts';
import { seriesName } from './labels.ts';

export function encodePushRequest(batch: Batch): Buffer {
  const labels: Label[] = [
    ['__name__', seriesName[batch.type]],
    // Without it older stores take some profiles for cumulative ones and store differences.
    ['__delta__', 'false'],
    ['pyroscope_spy', 'spybridge'],
    ...batch.labels,
  ];
  const series = new ProtoWriter();
  const part = new ProtoWriter();
  for (const [name, value] of labels.sort(([a], [b]) => (a < b ? -1 : 1))) {
    part.reset();
    part.text(1, name);
    part.text(2, value);
    series.bytes(1, part.view());
  }
  part.reset();
  part.bytes(1, batch.body);
  // Kept on every retry: a server that looks at it takes the batch once.
  part.text(2, batch.id);
  series.bytes(2, part.view());
  const request = new ProtoWriter();
  request.bytes(1, series.view());
  return request.copy();
}
