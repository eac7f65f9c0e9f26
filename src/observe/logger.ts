// The log: JSON lines or readable ones, always on stderr, since stdout belongs to products.
import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';
import { cleanText } from '../model/text.ts';

export type { Logger } from 'pino';
export type LogFormat = 'auto' | 'json' | 'pretty';
export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'trace';

export interface LoggerOptions {
  readonly format: LogFormat;
  readonly level: LogLevel;
  /** Stands in every line. */
  readonly instance: string;
}

export function makeLogger({ format, level, instance }: LoggerOptions): Logger {
  const isPretty = format === 'pretty' || (format === 'auto' && process.stderr.isTTY);
  const destination: DestinationStream = isPretty ? prettyDestination() : jsonDestination();
  return pino(
    {
      level,
      base: { instance },
      messageKey: 'message',
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    destination,
  );
}

/** Synchronous: the lines before a crash are the ones that matter. */
function jsonDestination(): DestinationStream {
  const destination = pino.destination({ fd: 2, sync: true });
  // A full disk or a reader that is gone costs log lines, never samples.
  destination.on('error', () => undefined);
  return destination;
}

/** `12:00:01 WARN  The sentence. key=value`; control characters can't reach the terminal. */
function prettyDestination(): DestinationStream {
  return {
    write: (line: string) => {
      process.stderr.write(formatPretty(line));
    },
  };
}

export function formatPretty(line: string): string {
  const { time, level, message, ...facts } = JSON.parse(line) as Record<string, unknown>;
  const pairs = Object.entries(facts).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const clock = String(time).slice(11, 19);
  const text = [clock, String(level).toUpperCase().padEnd(5), String(message), ...pairs].join(' ');
  return `${cleanText(text, 4_000)}\n`;
}
