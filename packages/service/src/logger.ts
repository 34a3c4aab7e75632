/** JSON lines on standard error. No tokens and no message text ever go in. */
import { type Logger, pino } from 'pino';

export type { Logger };

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Synchronous, so that a crash's last line is written; standard output stays free for what a person reads. */
export function createLogger(name: string, level: LogLevel): Logger {
  return pino(
    { name, level, timestamp: pino.stdTimeFunctions.isoTime, redact: ['token', 'password', '*.token', '*.password'] },
    pino.destination({ dest: 2, sync: true }),
  );
}
