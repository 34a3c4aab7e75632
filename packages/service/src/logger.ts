/** JSON lines on standard error. No tokens and no message text ever go in. */
import { type Logger, pino } from 'pino';

export type { Logger };

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What can't be written is kept for when it can (a disk is full), and no more of it than this. */
const MAX_UNWRITTEN_BYTES = 1024 * 1024;

/** Synchronous, so that a crash's last line is written; standard output stays free for what a person reads. */
export function createLogger(name: string, level: LogLevel): Logger {
  const destination = pino.destination({ dest: 2, sync: true, maxLength: MAX_UNWRITTEN_BYTES });
  // There is nowhere to tell of it, and a chat without its log is still a chat.
  destination.on('error', () => {});
  return pino(
    { name, level, timestamp: pino.stdTimeFunctions.isoTime, redact: ['token', 'password', '*.token', '*.password'] },
    destination,
  );
}
