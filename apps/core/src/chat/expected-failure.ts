/** What failures mean: to a person, to whoever reads the log, and to what goes on here once the database is back. */
import { ChatError } from '@parley/protocol';
import { StoreUnavailable } from '@parley/store';

/** The pause before a database that was away is asked again. */
export const DATABASE_RETRY_MS = 500;
/**
 * After an unknown outcome it is looked again after so many seconds: what was sent to a database that is cut off may be
 * committed once that network is back, or the system there gives the connection up.
 */
export const LATER_LOOKS_S: readonly number[] = [1, 5, 15, 30, 60, 120];
/** The pause that clients are asked for. */
const RETRY_AFTER_MS = 1000;

/** Logs an error, with `what` as the message: what failed because of it, in words for whoever runs the server. Never throws. */
export type Report = (error: unknown, what: string) => void;

/** An expected failure: as it is, or `unavailable` when the database is away. Undefined for a bug. */
export function expectedFailure(error: unknown): ChatError | undefined {
  if (error instanceof ChatError) return error;
  if (error instanceof StoreUnavailable) return unavailable('The database is away. Try again in a moment.', error);
  return undefined;
}

/** The failure that is told: what was expected as it is. A bug is reported, and told as `ifBug` makes it. */
export function failureOf(
  error: unknown,
  report: (bug: unknown) => void,
  ifBug: (bug: unknown) => ChatError,
): ChatError {
  const expected = expectedFailure(error);
  if (expected !== undefined) return expected;
  report(error);
  return ifBug(error);
}

/** What may succeed a little later; clients try it again. */
export const unavailable = (message: string, cause?: unknown): ChatError =>
  new ChatError('unavailable', message, { retryAfterMs: RETRY_AFTER_MS, cause });
