/** The closed list of error codes, what they mean over HTTP, and the WebSocket close codes. */

/** HTTP status of each error code. The keys are the closed list of codes. */
const HTTP_STATUS = {
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  wrong_password: 403,
  not_a_member: 403,
  room_not_found: 404,
  not_found: 404,
  room_exists: 409,
  nick_taken: 409,
  too_long: 413,
  rate_limited: 429,
  unavailable: 503,
} as const;

export type ErrorCode = keyof typeof HTTP_STATUS;

export const ERROR_CODES = Object.keys(HTTP_STATUS) as [ErrorCode, ...ErrorCode[]];

/** Whether a value, such as one that came over the wire, is a code of the closed list. */
export const isErrorCode = (value: unknown): value is ErrorCode =>
  typeof value === 'string' && Object.hasOwn(HTTP_STATUS, value);

export const httpStatusOf = (code: ErrorCode): number => HTTP_STATUS[code];

/** WebSocket close codes of `/ws` and `/terminal`. */
export const CLOSE = {
  /** A frame that is no message: no JSON object with a string `type`, a first frame that is no hello, a bad control frame. */
  protocolError: 4400,
  /** A token or nick that was refused, or has been revoked. */
  unauthorized: 4401,
  /** No hello or attach within the time. */
  tooLate: 4408,
  /** A protocol version the server does not speak. */
  version: 4409,
  /** A frame over the limit. */
  frameTooLarge: 4413,
  /** Flooding, a hello that was `rate_limited`, a trunk's connection too many; on `/terminal` a full house. */
  flooding: 4429,
  /** The server is going away, or can't answer for now: come back. */
  goingAway: 4503,
} as const;

export type CloseCode = (typeof CLOSE)[keyof typeof CLOSE];

/** The close code that follows a fatal answer to hello. A version is judged before: `CLOSE.version`. */
export function helloCloseCode(code: ErrorCode): CloseCode {
  if (code === 'bad_request' || code === 'too_long') return CLOSE.protocolError;
  if (code === 'unavailable') return CLOSE.goingAway;
  if (code === 'rate_limited') return CLOSE.flooding;
  return CLOSE.unauthorized;
}

/** An expected failure that a person is told about: a stable code, and a message in words. */
export class ChatError extends Error {
  readonly code: ErrorCode;
  /** Milliseconds after which trying again makes sense; with `rate_limited` and `unavailable`. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: { retryAfterMs?: number | undefined; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ChatError';
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}
