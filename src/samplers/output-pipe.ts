// The pipe between a sampler and us. Node's own child pipes are socket pairs, which cost twice as much per small write, can't be
// re-opened as /dev/stdout, and can't be enlarged by the writer; so a FIFO is made, opened at both ends, and unlinked.
import { constants, closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';

export interface OutputPipe {
  /** Non-blocking. */
  readonly readFd: number;
  /** For the child's stdout; to be closed here once the child runs. */
  readonly writeFd: number;
}

/** Undefined where no FIFO can be made (no mkfifo program, no writable temporary folder): an ordinary pipe must do. */
export async function openOutputPipe(): Promise<OutputPipe | undefined> {
  let folder: string | undefined;
  let readFd: number | undefined;
  try {
    folder = mkdtempSync(path.join(tmpdir(), 'spybridge-'));
    const fifo = path.join(folder, 'stdout');
    await execa('mkfifo', ['-m', '600', fifo]);
    readFd = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    return { readFd, writeFd: openSync(fifo, constants.O_WRONLY) };
  } catch {
    // Which of the causes it was makes no difference: the caller has another way.
    if (readFd !== undefined) closeSync(readFd);
    return undefined;
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}
