/** `GET /api/events`: one room, from a seq on, for as long as the reader stays. */
import { ChatError, eventsQuerySchema } from '@parley/protocol';
import { type Accounts, sessionEnded } from '../auth/accounts.ts';
import type { Chat } from '../chat/chat.ts';
import { unavailable } from '../chat/expected-failure.ts';
import type { Metrics } from '../metrics.ts';
import { EventStream, STREAM_HEADERS } from './event-stream.ts';
import type { HttpLimits } from './http-limits.ts';
import { defineRoute, type Route } from './route.ts';

/** The streams that are open, so that they can be ended at shutdown. */
export class EventStreams {
  readonly #streams = new Set<EventStream>();
  #closed = false;

  /** Keeps the stream until it ends. Refuses while the server is going away. */
  add(stream: EventStream): void {
    if (this.#closed) throw unavailable('The server is going away.');
    this.#streams.add(stream);
    void stream.closed.then(() => this.#streams.delete(stream));
  }

  close(): void {
    this.#closed = true;
    for (const stream of this.#streams) stream.end();
  }
}

export function eventStreamRoutes(parts: {
  accounts: Accounts;
  chat: Chat;
  limits: HttpLimits;
  metrics: Metrics;
  streams: EventStreams;
  stallSeconds: number;
}): Route[] {
  const { accounts, chat, limits, metrics, streams, stallSeconds } = parts;
  return [
    defineRoute({
      method: 'get',
      path: '/api/events',
      summary: "A room's events as they happen, as server-sent events; each one's id is its seq",
      access: 'reader',
      query: eventsQuerySchema,
      headers: { 'Last-Event-ID': 'The last seq seen: what follows it comes first. It wins over `after`.' },
      answer: { contentType: 'text/event-stream', description: 'one `id` and `data` (a room event as JSON) an event' },
      refusals: ['room_not_found', 'not_a_member', 'rate_limited'],
      handle: async ({ viewer, query, address, request, response }) => {
        await limits.entry(address);
        const since = lastEventId(request.headers['last-event-id']) ?? query.after;
        if (request.method === 'HEAD') {
          await chat.checkReadable(viewer, query.room);
          response.writeHead(200, STREAM_HEADERS).end();
          return undefined;
        }
        const stream = new EventStream({
          response,
          userId: viewer?.id,
          source: address,
          stallMs: stallSeconds * 1000,
          figures: metrics,
        });
        streams.add(stream);
        const unsubscribe = accounts.onRevoked((sessionId) => {
          if (sessionId === viewer?.sessionId) stream.end();
        });
        void stream.closed.then(unsubscribe);
        // Revoked after the token was checked and before the line above.
        if (viewer !== undefined && accounts.isRevoked(viewer.sessionId)) throw sessionEnded();
        const subscription = await chat.follow(viewer, query.room, since, stream);
        metrics.eventStreamOpened();
        stream.open();
        await stream.closed;
        subscription.end();
        metrics.eventStreamClosed();
        return undefined;
      },
    }),
  ];
}

function lastEventId(header: string | string[] | undefined): number | undefined {
  if (header === undefined || header === '') return undefined;
  if (typeof header === 'string' && /^\d{1,15}$/.test(header)) return Number(header);
  throw new ChatError('bad_request', 'Last-Event-ID is no seq.');
}
