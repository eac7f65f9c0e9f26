// Answers that wait for slow readers, and how many bytes they hold.
import type { ServerResponse } from 'node:http';

/** Of all answers together; beyond it nothing more is asked of the store until some are read or given up. */
const MAX_UNREAD_BYTES = 536_870_912;

export class UnreadAnswers {
  private readonly maxBytes: number;
  private bytes = 0;

  constructor(maxBytes: number = MAX_UNREAD_BYTES) {
    this.maxBytes = maxBytes;
  }

  get areTooMany(): boolean {
    return this.bytes > this.maxBytes;
  }

  /** Counts what is left of it, in full until its end: a socket does not tell how much of it went. */
  add(answer: ServerResponse): void {
    const held = answer.writableLength;
    this.bytes += held;
    answer.once('close', () => {
      this.bytes -= held;
    });
  }
}
