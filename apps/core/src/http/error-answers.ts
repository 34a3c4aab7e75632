/** Turns whatever a request ended in into one kind of answer: `{"error":{"code","message"}}` with the fitting status. */
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { ChatError, type ErrorCode, httpStatusOf } from '@parley/protocol';
import type { Logger } from '@parley/service';
import { expectedFailure } from '../chat/expected-failure.ts';

/** Answers under /api that no route has taken. */
export const answerNotFound: RequestHandler = (request) => {
  throw new ChatError('not_found', `There is no ${request.method} ${request.baseUrl}${request.path} here.`);
};

/** The one error handler. A bug is logged in full and told in general. */
export function answerErrors(log: Logger): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      // Too late for words: Express closes the connection, which is what tells the client.
      next(error);
      return;
    }
    const { code, message, retryAfterMs, status } = describe(error);
    if (status === 500) log.error({ err: error, method: request.method, path: request.path }, 'a request failed');
    if (status === 401) response.set('WWW-Authenticate', 'Bearer');
    if (retryAfterMs !== undefined) response.set('Retry-After', String(Math.ceil(retryAfterMs / 1000)));
    response.status(status).json({ error: { code, message, retryAfterMs } });
  };
}

interface Refusal {
  code: ErrorCode;
  message: string;
  retryAfterMs?: number | undefined;
  status: number;
}

function describe(error: unknown): Refusal {
  const expected = expectedFailure(error);
  if (expected !== undefined) return refusal(expected.code, expected.message, expected.retryAfterMs);
  // What Express and its body parser refuse carries a status of its own.
  const status = statusOf(error);
  if (status === 413) return refusal('too_long', 'The body is larger than 64 KiB.');
  if (status !== undefined && status >= 400 && status < 500) {
    return refusal('bad_request', 'The request could not be read: is its body JSON, and its address well formed?');
  }
  return { code: 'unavailable', message: 'Something went wrong on the server.', status: 500 };
}

const refusal = (code: ErrorCode, message: string, retryAfterMs?: number): Refusal => ({
  code,
  message,
  retryAfterMs,
  status: httpStatusOf(code),
});

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('status' in error)) return undefined;
  return typeof error.status === 'number' ? error.status : undefined;
}
