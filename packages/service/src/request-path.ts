/** What a request asks for. Knows no routes. */
import type { IncomingMessage } from 'node:http';

/** The path of its address, as it was sent and without the query. */
export const pathOf = (request: IncomingMessage): string => (request.url ?? '').split('?', 1)[0] ?? '';
