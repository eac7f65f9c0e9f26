// What a store tells unasked, as events of the log.
import type { StorageKind } from '../config/serve-config.ts';
import type { EventLog } from '../observe/events.ts';
import type { StoreNews } from '../store/upkeep-news.ts';

/** Rounds that fail one after the other are one event, and their end another. */
export function reporterOf(storage: StorageKind, events: EventLog): (news: StoreNews) => void {
  return (news) => {
    if (news.kind === 'failed') {
      if (news.failures === 1) events.report('upkeep_failing', { storage, reason: news.reason });
    } else if (news.kind === 'recovered')
      events.report('upkeep_recovered', { storage, failures: news.failures });
    else if (news.kind === 'thread_stalled' || news.kind === 'thread_moved') {
      const { kind, role, waitedMs } = news;
      events.report(`store_${kind}`, { thread: role, waitedMs });
    } else if (news.kind === 'thread_restarted')
      events.report('store_thread_restarted', { thread: news.role });
    else if (news.kind === 'thread_ended' || news.kind === 'thread_failed') {
      const { kind, role, reason, pauseMs } = news;
      const facts = { thread: role, reason, pauseMs };
      events.report(`store_${kind}`, facts);
    }
  };
}
