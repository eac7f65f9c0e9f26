// A real terminal with a shell in it, by way of tmux: what is typed, and what a person would see.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const ENVIRONMENT = { ...process.env, LC_ALL: 'C.UTF-8', TMUX: '', PS1: 'shell$ ' };

export function hasTmux(): boolean {
  try {
    execFileSync('tmux', ['-V']);
    return true;
  } catch {
    console.log('Skipped: tmux is not installed.');
    return false;
  }
}

export class Terminal {
  readonly #folder = mkdtempSync(path.join(os.tmpdir(), 'spybridge-tmux-'));

  constructor(columns: number, lines: number) {
    const size = ['-x', String(columns), '-y', String(lines)];
    this.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, 'exec bash --norc --noprofile');
  }

  /** Types a line of text. */
  enter(text: string): void {
    this.#tmux('send-keys', '-l', text);
    this.#tmux('send-keys', 'Enter');
  }

  /** Presses keys by tmux's names, such as `q`, `Down`, `C-z`. */
  press(...keys: string[]): void {
    this.#tmux('send-keys', ...keys);
  }

  resize(columns: number, lines: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(lines));
  }

  /** The lines on the screen, without spaces at their ends; with `-e` as they are coloured. */
  lines(...options: string[]): string[] {
    return this.#tmux('capture-pane', '-p', ...options)
      .split('\n')
      .map((line) => line.trimEnd());
  }

  text(...options: string[]): string {
    return this.lines(...options)
      .join('\n')
      .trimEnd();
  }

  /** Whether the alternate screen is on, the cursor is visible, and lines wrap: `0 1 1` is how a shell has it. */
  modes(): string {
    return this.#tmux('display-message', '-p', '#{alternate_on} #{cursor_flag} #{wrap_flag}').trim();
  }

  /** Of the shell. */
  pid(): number {
    return Number(this.#tmux('display-message', '-p', '#{pane_pid}'));
  }

  /** The terminal goes away with its shell. */
  close(): void {
    try {
      this.#tmux('kill-server');
    } catch {
      // it is gone already
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #tmux(...args: string[]): string {
    const socket = path.join(this.#folder, 'socket');
    return execFileSync('tmux', ['-S', socket, ...args], {
      env: ENVIRONMENT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }
}
