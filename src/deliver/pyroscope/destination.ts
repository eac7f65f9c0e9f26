// Grafana Pyroscope: push.v1 with pprof by default, gospy's /ingest with folded stacks where push is not there or not wanted.
import { decodePprof } from '../../formats/pprof-decode.ts';
import { encodeFolded } from '../../formats/folded.ts';
import { withoutSpans } from '../../formats/pprof-split.ts';
import type { Batch } from '../../model/batch.ts';
import { mergeLabels } from '../../model/labels.ts';
import type { Labels } from '../../model/labels.ts';
import type { Destination } from '../destination.ts';
import type { Outcome } from '../outcome.ts';
import { judge, MISSING_API_STATUSES } from './answer.ts';
import { PyroscopeHttp } from './http.ts';
import type { PostResult, PyroscopeAccess } from './http.ts';
import { ingestName, SERVICE_NAME } from './labels.ts';
import { encodePushRequest } from './push-request.ts';

export type PyroscopeApi = 'auto' | 'push' | 'ingest';

export interface PyroscopeOptions {
  readonly api: PyroscopeApi;
  readonly access: PyroscopeAccess;
  /** `auto` has found no push.v1 and uses /ingest from now on. */
  readonly onFallback: (status: number) => void;
  /** The server's clock is `skewMs` ahead of ours; told once. */
  readonly onClockSkew: (skewMs: number) => void;
}

/** Pyroscope refuses profiles from 10 minutes ahead, and its answers' dates have whole seconds. */
const SKEW_MS = 60_000;

export class PyroscopeDestination implements Destination {
  private readonly options: PyroscopeOptions;
  private readonly http: PyroscopeHttp;
  private api: PyroscopeApi;
  private hasToldSkew = false;

  constructor(options: PyroscopeOptions) {
    this.options = options;
    this.api = options.api;
    this.http = new PyroscopeHttp(options.access);
  }

  /** Why the server is not ready, one phrase; undefined where it is. */
  findUnreadiness(): Promise<string | undefined> {
    return this.http.probe('/ready');
  }

  async deliver(batch: Batch, signal: AbortSignal): Promise<Outcome> {
    return this.api === 'ingest' ? this.ingest(batch, signal) : this.push(batch, signal);
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private async push(batch: Batch, signal: AbortSignal): Promise<Outcome> {
    const body = encodePushRequest(batch);
    const result = await this.http.post('/push.v1.PusherService/Push', 'application/proto', body, signal);
    if (this.api === 'auto' && 'answer' in result) {
      const { status } = result.answer;
      if (MISSING_API_STATUSES.has(status)) {
        this.api = 'ingest';
        this.options.onFallback(status);
        return this.ingest(batch, signal);
      }
      // A server that has once answered push.v1 has it: a 404 later is a proxy's trouble and passes.
      if (status === 200) this.api = 'push';
    }
    return this.conclude(result, batch);
  }

  private async ingest(batch: Batch, signal: AbortSignal): Promise<Outcome> {
    // Folded stacks have no place for the labels of a sample.
    const profile = withoutSpans(decodePprof(batch.body));
    // One request carries one label set.
    if (profile.labelSets.length > 1) return { kind: 'too_varied' };
    const labels = mergeLabels(batch.labels, profile.labelSets[0] ?? []);
    const query = new URLSearchParams({
      name: ingestName(
        appOf(batch.labels),
        batch.type,
        labels.filter(([name]) => name !== SERVICE_NAME),
      ),
      // 19 digits are read as nanoseconds; equal labels and equal times would be dropped as duplicates.
      from: String(batch.timeNanos),
      until: String(batch.timeNanos + batch.durationNanos),
      sampleRate: String(Math.round(1e9 / batch.periodNanos)),
      spyName: 'spybridge',
      units: 'samples',
      format: 'folded',
    });
    const body = encodeFolded(profile);
    return this.conclude(
      await this.http.post(`/ingest?${query.toString()}`, 'text/plain', body, signal),
      batch,
    );
  }

  private conclude(result: PostResult, batch: Batch): Outcome {
    if ('failure' in result) return { kind: 'retry', reason: result.failure };
    const skewMs = result.dateMs - Date.now();
    if (!this.hasToldSkew && Math.abs(skewMs) > SKEW_MS) {
      this.hasToldSkew = true;
      this.options.onClockSkew(skewMs);
    }
    return judge(result.answer, batch.rawBytes);
  }
}

function appOf(labels: Labels): string {
  return labels.find(([name]) => name === SERVICE_NAME)?.[1] ?? '';
}
