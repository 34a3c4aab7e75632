/** Where a token may stand in an HTTP request: the Authorization header, and nowhere else. */
import type { IncomingHttpHeaders } from 'node:http';
import { ChatError } from '@parley/protocol';

/** The bearer token, or undefined without the header. Throws `unauthorized` for any other kind of authorization. */
export function bearerToken(headers: IncomingHttpHeaders): string | undefined {
  const { authorization } = headers;
  if (authorization === undefined) return undefined;
  const token = /^Bearer +([^\s]+) *$/i.exec(authorization)?.[1];
  if (token === undefined) throw new ChatError('unauthorized', 'The Authorization header takes "Bearer" and a token.');
  return token;
}
