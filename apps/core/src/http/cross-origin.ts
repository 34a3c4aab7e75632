/**
 * What pages of other origins may do. Tokens come in a header and never in a cookie, so a foreign page has nobody's
 * rights; it is refused all the same where it would change something.
 */
import type { RequestHandler } from 'express';
import { ChatError } from '@parley/protocol';
import { isListedOrigin, originAllowed, type OriginPolicy } from '@parley/service';

/** CORS headers for ALLOWED_ORIGINS alone, and 403 for any other foreign Origin that wants to change something. */
export function guardOrigins(policy: OriginPolicy): RequestHandler {
  return (request, response, next) => {
    const { origin, host } = request.headers;
    response.vary('Origin');
    if (origin !== undefined && isListedOrigin(origin, policy)) {
      response.set('Access-Control-Allow-Origin', origin);
      response.set('Access-Control-Expose-Headers', 'Retry-After');
      if (request.method === 'OPTIONS') {
        response.set({
          'Access-Control-Allow-Methods': 'GET, POST, PUT, DELETE',
          'Access-Control-Allow-Headers': 'Authorization, Content-Type, Last-Event-ID',
          'Access-Control-Max-Age': '600',
        });
        response.status(204).end();
        return;
      }
    }
    const isReading = request.method === 'GET' || request.method === 'HEAD';
    if (!isReading && !originAllowed(origin, host, policy)) {
      throw new ChatError('forbidden', 'Requests from this origin are not allowed.');
    }
    next();
  };
}
