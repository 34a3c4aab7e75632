/** What each request does, by its type. Answers come in the order of the requests, but for sends: those wait for commits. */
import { type Answer, ChatError, type Request, type RequestType, type RoomJoined } from '@parley/protocol';
import type { Principal } from '../auth/accounts.ts';
import type { Chat, QueuedMessage } from '../chat/chat.ts';
import { notInside, type RoomIdentity } from '../chat/room-directory.ts';
import type { RoomReader } from './room-reader.ts';
import type { RoomSubscriptions } from './room-subscriptions.ts';
import type { TypingLimit } from './typing-limit.ts';

/** Whose request it is. */
export interface Client {
  readonly id: string;
  /** What limits of an address count it as. */
  readonly source: string;
  readonly principal: Principal;
  readonly live: RoomSubscriptions;
  readonly typing: TypingLimit;
}

/** What a request is answered with; `after` runs once the answer is on its way. A promise lets the next request begin. */
export interface Reply {
  readonly answer: Answer | Promise<Answer> | undefined;
  readonly after?: () => void;
}

/** The reply to what makes a room live. */
interface OpenedReply extends Reply {
  readonly answer: RoomJoined;
}

/** Requests after the handshake. */
type ServedType = Exclude<RequestType, 'hello'>;
export type Served = Request<ServedType>;

export type RequestHandlers = {
  readonly [Type in ServedType]: (client: Client, request: Request<Type>) => Reply | Promise<Reply>;
};

export interface HandlerServices {
  readonly chat: Chat;
  /** Looks after a room whose client pages for itself. */
  readonly watchPaging: (live: RoomReader) => void;
}

const OK: Answer = { type: 'ok' };
const LATER_MS = 3_600_000;

const isNotInside = (error: unknown, room: RoomIdentity): boolean =>
  error instanceof ChatError && error.code === notInside(room).code;

export function createRequestHandlers({ chat, watchPaging }: HandlerServices): RequestHandlers {
  /** Makes a room live: subscribes first, reads second, answers third, and lets events through fourth. */
  async function open(client: Client, room: RoomIdentity, since?: number): Promise<OpenedReply> {
    const before = client.live.get(room.id)?.position;
    const live = client.live.open(room);
    try {
      const {
        row,
        insideAt,
        room: wire,
        members,
        total,
        events,
        more,
      } = await chat.snapshot(client.principal, room, since);
      live.seenInside(insideAt);
      const position = events.at(-1)?.seq ?? Math.min(since ?? 0, row.lastSeq);
      const first = events[0]?.seq ?? position + 1;
      return {
        answer: { type: 'room.joined', room: wire, members, total, events, more },
        after() {
          if (since !== undefined && more) {
            live.waitForClient(position);
            watchPaging(live);
          } else if (since === undefined && before !== undefined && before < first - 1) {
            // It was live already and behind by more than the answer shows: what it is owed comes first.
            live.catchUp(before);
          } else {
            live.goLive(position);
          }
        },
      };
    } catch (error) {
      // What was live stays so: a request that failed changes nothing, unless it has found that its user is outside.
      if (before !== undefined && !isNotInside(error, room)) live.catchUp(before);
      else if (client.live.get(room.id) === live) client.live.close(room.id);
      throw error;
    }
  }

  /** Opens a room that the user is seen to be in without asking first: reading it tells when they are not after all. */
  async function openSeen(client: Client, room: RoomIdentity, since?: number): Promise<Reply | undefined> {
    if (!chat.presence.isIn(client.principal.id, room.id)) return undefined;
    try {
      return await open(client, room, since);
    } catch (error) {
      if (isNotInside(error, room)) return undefined;
      throw error;
    }
  }

  const sent = ({ sent }: QueuedMessage): Reply => ({
    answer: sent.then(({ seq, at }) => ({ type: 'ok', seq, at })),
  });

  const reserved = (): never => {
    throw new ChatError('unavailable', 'This server cannot do that yet.', { retryAfterMs: LATER_MS });
  };

  return {
    async 'room.list'({ principal }, { match }) {
      return { answer: { type: 'room.list', rooms: await chat.listRooms(principal, match) } };
    },
    async 'room.create'(client, request) {
      return open(client, await chat.rooms.create(client.principal, request, client.source));
    },
    async 'room.join'(client, { room: name, password, since }) {
      const again = await openSeen(client, await chat.find(name), since);
      if (again !== undefined) return again;
      const { room, joined } = await chat.rooms.join(client.principal, name, password, client.source);
      const reply = await open(client, room, since);
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
    async 'room.members'({ principal }, { room, after }) {
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
    'message.edit': reserved,
    'message.delete': reserved,
    'message.react': reserved,
    search: reserved,
    async history({ principal, live }, request) {
      const { id } = await chat.find(request.room);
      const { room, events, more } = await chat.history(principal, request);
      const { after } = request;
      return {
        answer: { type: 'history', room, events, more },
        after() {
          if (after !== undefined) live.get(id)?.clientRead(after, events.at(-1)?.seq, more);
        },
      };
    },
    async 'direct.open'(client, { nick }) {
      return open(client, await chat.rooms.openDirect(client.principal, nick));
    },
    async 'read.mark'({ principal, id }, { room, seq }) {
      await chat.markRead(principal, room, seq, id);
      return { answer: OK };
    },
    'user.list': () => ({ answer: { type: 'user.list', ...chat.users() } }),
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
