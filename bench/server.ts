// The sink as the benchmark sees it: a forked process, its address, and its counts.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { SinkCounts } from './sink.ts';

export class Server {
  readonly url: string;
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.child = child;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(behaviour: 'answer' | 'hang'): Promise<Server> {
    const child = fork(path.join(import.meta.dirname, 'sink.js'), [behaviour]);
    const [message] = (await once(child, 'message')) as [{ port: number }];
    return new Server(child, message.port);
  }

  /** What has come since the last call. */
  async takeCounts(): Promise<SinkCounts> {
    this.child.send('take');
    const [counts] = (await once(this.child, 'message')) as [SinkCounts];
    return counts;
  }

  stop(): void {
    this.child.disconnect();
  }
}
