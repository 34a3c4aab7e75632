/**
 * What each request does, by its type; making a room live is open-room.ts. Answers come in the order of the requests, but for
 * sends: those wait for commits.
 */
import { type Answer, ChatError, type Request, type RequestType } from '@parley/protocol';
import type { Chat, QueuedMessage } from '../chat/chat.ts';
import { openRoom, openRoomIfInside, type OpenRoomServices, type RoomOpener } from './open-room.ts';
import type { TypingLimit } from './typing-limit.ts';

/** Whose request it is. */
export interface Client extends RoomOpener {
  readonly id: string;
  readonly typing: TypingLimit;
}

/** What a request is answered with; `after` runs once the answer is on its way. A promise lets the next request begin. */
export interface Reply {
  readonly answer: Answer | Promise<Answer> | undefined;
  readonly after?: () => void;
}

/** Requests after the handshake. */
type ServedType = Exclude<RequestType, 'hello'>;
export type Served = Request<ServedType>;

export type RequestHandlers = {
  readonly [Type in ServedType]: (client: Client, request: Request<Type>) => Reply | Promise<Reply>;
};

export interface HandlerServices extends OpenRoomServices {
  readonly chat: Chat;
}

const OK: Answer = { type: 'ok' };
const LATER_MS = 3_600_000;

export function createRequestHandlers(services: HandlerServices): RequestHandlers {
  const { chat } = services;

  const sent = ({ sent }: QueuedMessage): Reply => ({
    answer: sent.then(({ seq, at }) => ({ type: 'ok', seq, at })),
  });

  const reserved = (): never => {
    throw new ChatError('unavailable', 'This server cannot do that yet.', { retryAfterMs: LATER_MS });
  };

  return {
    async 'room.list'({ principal, source }, { match }) {
      return { answer: { type: 'room.list', rooms: await chat.listRooms(principal, source, match) } };
    },
    async 'room.create'(client, request) {
      return openRoom(services, client, await chat.rooms.create(client.principal, request, client.source));
    },
    async 'room.join'(client, { room: name, password, since }) {
      // Also to come back, which no other limit counts.
      await chat.limits.opening(client.principal.id, client.source);
      const again = await openRoomIfInside(services, client, await chat.find(name), since);
      if (again !== undefined) return again;
      const { room, joined } = await chat.rooms.join(client.principal, name, password, client.source);
      const reply = await openRoom(services, client, room, since);
      if (joined) {
        const userId = client.principal.id;
        chat.bus.publish({ kind: 'room.entered', userId, room: reply.answer.room, connectionId: client.id });
      }
      return reply;
    },
    async 'room.close'({ principal, live }, { room: name }) {
      const room = await chat.find(name);
      if (!live.close(room.id) && room.kind !== 'public') await chat.rooms.inside(principal, room);
      return { answer: OK };
    },
    async 'room.leave'({ principal }, { room }) {
      await chat.rooms.leave(principal, room);
      return { answer: OK };
    },
    async 'room.members'({ principal, source }, { room, after }) {
      await chat.limits.opening(principal.id, source);
      return { answer: { type: 'room.members', ...(await chat.members(principal, room, after)) } };
    },
    async 'room.topic'({ principal }, { room, topic }) {
      await chat.rooms.setTopic(principal, room, topic);
      return { answer: OK };
    },
    async 'room.invite'({ principal }, { room, nick }) {
      await chat.rooms.invite(principal, room, nick);
      return { answer: OK };
    },
    'message.send'({ principal }, request) {
      const queued = chat.enqueue(principal, request);
      return queued instanceof Promise ? queued.then(sent) : sent(queued);
    },
    async 'message.edit'({ principal }, request) {
      await chat.messages.edit(principal, request);
      return { answer: OK };
    },
    async 'message.delete'({ principal }, request) {
      await chat.messages.delete(principal, request);
      return { answer: OK };
    },
    'message.react': reserved,
    search: reserved,
    async history({ principal, live, source }, request) {
      const { id } = await chat.find(request.room);
      const { room, events, more } = await chat.history(principal, request, source);
      const { after } = request;
      return {
        answer: { type: 'history', room, events, more },
        after() {
          if (after !== undefined) live.get(id)?.clientRead(after, events.at(-1)?.seq, more);
        },
      };
    },
    async 'direct.open'(client, { nick }) {
      return openRoom(services, client, await chat.rooms.openDirect(client.principal, nick));
    },
    async 'read.mark'({ principal, id }, { room, seq }) {
      await chat.markRead(principal, room, seq, id);
      return { answer: OK };
    },
    async 'user.list'({ principal, source }) {
      await chat.limits.list({ userId: principal.id, source });
      return { answer: { type: 'user.list', ...chat.people.online() } };
    },
    async typing({ principal, live, typing }, { room: name }) {
      const room = await chat.find(name);
      if (typing.take(room.id, performance.now())) {
        if (!room.open && !live.has(room.id)) await chat.rooms.inside(principal, room);
        chat.typing(principal, room.id);
      }
      return { answer: undefined };
    },
    ping: () => ({ answer: { type: 'pong' } }),
  };
}
