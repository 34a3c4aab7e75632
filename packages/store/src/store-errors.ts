/** What can go wrong with a database, in three kinds that callers treat differently. Knows SQLSTATEs and socket errors. */
import { DatabaseError } from 'pg';

/** The database can't answer now: lost, overloaded, full, or shutting down. Trying again later makes sense. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  /** False when the database said that it kept nothing; true when the work may or may not have been committed. */
  readonly outcomeUnknown: boolean;
  /** The server can't be reached or is silent, so that others who ask now will find the same. */
  readonly lost: boolean;

  constructor(message: string, options: { outcomeUnknown?: boolean; lost?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.outcomeUnknown = options.outcomeUnknown ?? false;
    this.lost = options.lost ?? false;
  }
}

/** The store can't be opened as it is set up. The message is for the person who starts the server. */
export class StoreRefused extends Error {
  override readonly name = 'StoreRefused';
}

/** The database refused a statement: a bug, or a row that it can't hold. Carries no values, which may be private. */
export class QueryFailed extends Error {
  override readonly name = 'QueryFailed';
  /** SQLSTATE, such as 23505. */
  readonly code: string | undefined;
  readonly constraint: string | undefined;

  constructor(message: string, code?: string, constraint?: string) {
    super(message);
    this.code = code;
    this.constraint = constraint;
  }
}

/** Answered by the server, so the transaction was rolled back: no resources (disk, memory, connections), cancelled, read-only. */
const ROLLED_BACK = /^(?:53...|57014|25006|55P03|58030)$/;
/** The connection itself is ending; a commit under way may have been done. */
const CONNECTION_ENDS = /^(?:08...|57P0[1-5]|25P03)$/;

/** No way there: nothing was sent. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOENT',
  'EACCES',
  'EMFILE',
]);
/** A connection was cut under way. */
const CUT = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT']);
/** The driver's own errors carry no code; these are their words (pg 8.23, pg-pool 3). */
const NOT_SENT =
  /timeout exceeded when trying to connect|not queryable|Cannot use a pool after calling end|Client was closed|connection timeout|timeout expired/;
const SILENT = 'Query read timeout';
const CUT_OFF = /Connection terminated|Query read timeout|socket hang up/;

const codeOf = (error: object): string | undefined =>
  'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** Turns what the driver threw into StoreUnavailable or QueryFailed; anything else comes back as it is. */
export function toStoreError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (error instanceof StoreUnavailable || error instanceof QueryFailed) return error;
  // Connecting to several addresses of one name fails with all their errors in one.
  if (error instanceof AggregateError && error.errors.length > 0) return toStoreError(error.errors[0]);
  const code = codeOf(error);
  if (error instanceof DatabaseError) {
    if (code !== undefined && ROLLED_BACK.test(code)) return new StoreUnavailable(error.message, { cause: error });
    if (code !== undefined && CONNECTION_ENDS.test(code)) {
      return new StoreUnavailable(error.message, { cause: error, outcomeUnknown: true });
    }
    return new QueryFailed(error.message, code, error.constraint);
  }
  const unreachable = code !== undefined && UNREACHABLE.has(code);
  if (unreachable || NOT_SENT.test(error.message)) {
    return new StoreUnavailable(error.message, { cause: error, lost: true });
  }
  if (CUT_OFF.test(error.message) || (code !== undefined && CUT.has(code))) {
    // A cut may be this connection's alone; silence is everyone's.
    const lost = error.message === SILENT;
    return new StoreUnavailable(error.message, { cause: error, outcomeUnknown: true, lost });
  }
  return error;
}

/** Whether trying the same transaction again is all it takes: a deadlock or a serialization failure. */
export const isRetryable = (error: unknown): boolean =>
  error instanceof QueryFailed && (error.code === '40P01' || error.code === '40001');

/** Whether somebody else has kept a row or a table locked for too long. Nothing was stored, and the connection is well. */
export const isLockTimeout = (thrown: unknown): boolean => {
  const error = thrown instanceof StoreUnavailable ? thrown.cause : thrown;
  return error instanceof DatabaseError && error.code === '55P03';
};
