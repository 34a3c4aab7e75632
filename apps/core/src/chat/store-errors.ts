/** What a failure of the store means to a person. */
import { ChatError } from '@parley/protocol';
import { StoreUnavailable } from '@parley/store';

const RETRY_AFTER_MS = 1000;

/** An expected failure: as it is, or `unavailable` when the database is away. Undefined for a bug. */
export function expectedFailure(error: unknown): ChatError | undefined {
  if (error instanceof ChatError) return error;
  if (error instanceof StoreUnavailable) return unavailable('The database is away. Try again in a moment.', error);
  return undefined;
}

export const unavailable = (message: string, cause?: unknown): ChatError =>
  new ChatError('unavailable', message, { retryAfterMs: RETRY_AFTER_MS, cause });
