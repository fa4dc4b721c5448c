import { writeSync } from 'node:fs';
import { type DestinationStream, pino, stdTimeFunctions } from 'pino';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const satisfies LogLevel[];

/** One line: a message, and before it the fields it is about. An error goes under `err`, with its stack. */
export interface LogMethod {
  (message: string): void;
  (fields: object, message: string): void;
}

export interface Log {
  readonly trace: LogMethod;
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
  readonly fatal: LogMethod;
  /** A logger whose lines all carry these fields, e.g. `{module: 'engine'}`. */
  child(fields: Readonly<Record<string, unknown>>): Log;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** Takes whole lines, each with its line feed. Standard output by default. */
  readonly destination?: { write(line: string): void } | undefined;
}

/** A JSON object a line: `{level, time, ...fields, msg}`, time in RFC 3339. Lines are written before the call returns. */
export const createLogger = ({ level, destination = createLineWriter(1) }: LogOptions): Log =>
  pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination as DestinationStream,
  );

/**
 * Writes lines to a descriptor. A full disk, a closed pipe or a reader that lags must not stop the process:
 * such a line is dropped, and the number of dropped ones is told as soon as a line can be written again.
 */
export const createLineWriter = (descriptor: number): { write(line: string): void } => {
  let dropped = 0;
  return {
    write(line) {
      try {
        writeWhole(descriptor, dropped === 0 ? line : `${droppedLine(dropped)}${line}`);
        dropped = 0;
      } catch {
        dropped += 1;
      }
    },
  };
};

const droppedLine = (dropped: number): string =>
  `${JSON.stringify({ level: 'warn', dropped, msg: 'log lines could not be written and were dropped' })}\n`;

const writeWhole = (descriptor: number, text: string): void => {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
};
