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
  // Synchronous: the lines before a crash are the ones that matter.
  const destination: DestinationStream = isPretty
    ? prettyDestination()
    : pino.destination({ fd: 2, sync: true });
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
