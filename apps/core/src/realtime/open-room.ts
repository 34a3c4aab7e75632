/**
 * Makes a room live on a connection. Knows neither how one becomes a member nor how answers are written.
 *
 *   client                  here                                                        the room's log
 *     │ ──a request──────▶ 1. subscribe: held, events only raise the feed's head          │
 *     │                    2. read ──the page after `since`, or the newest one──────────▶ │
 *     │                       ◀──events, and whether `more` follow──────────────────────  │
 *     │ ◀──room.joined──── 3. answer with them
 *     │ ◀──events───────── 4. once the answer is on its way, let events through:
 *                               `since`, and more follow      → when the client has paged to the head by itself
 *                               no `since`, it was live, and
 *                               further behind than the page  → from the log, from where it was
 *                               else                          → live, from the log first if the head is beyond the page
 *
 * Invariants: nothing falls between, since what is committed before the read is in the page or follows it in the log, and
 * what is committed later raises the head that step 4 looks at. A request that fails changes nothing: what was live goes on
 * from where it was, unless the user was found to be outside.
 */
import { ChatError, type RoomJoined } from '@parley/protocol';
import type { Principal } from '../auth/accounts.ts';
import type { Chat } from '../chat/chat.ts';
import { notInside, type RoomIdentity } from '../chat/room-directory.ts';
import type { RoomReader } from './room-reader.ts';
import type { RoomSubscriptions } from './room-subscriptions.ts';

/** For whom a room is opened: a user, and the rooms that are live on their connection. */
export interface RoomOpener {
  readonly principal: Principal;
  /** What limits of an address count it as. */
  readonly source: string;
  readonly live: RoomSubscriptions;
}

export interface OpenRoomServices {
  readonly chat: Pick<Chat, 'presence' | 'snapshot'>;
  /** Looks after a room whose client pages for itself. */
  readonly watchPaging: (live: RoomReader) => void;
}

/** The answer, and what to call once it is on its way. */
export interface OpenedRoom {
  readonly answer: RoomJoined;
  readonly after: () => void;
}

const isNotInside = (error: unknown, room: RoomIdentity): boolean =>
  error instanceof ChatError && error.code === notInside(room).code;

/**
 * `since`: the last seq that the client has. Throws `not_a_member` or `room_not_found` when the user is outside, `unavailable`
 * when the connection is closing.
 */
export async function openRoom(
  { chat, watchPaging }: OpenRoomServices,
  { principal, source, live: subscriptions }: RoomOpener,
  room: RoomIdentity,
  since?: number,
): Promise<OpenedRoom> {
  const before = subscriptions.get(room.id)?.position;
  const live = subscriptions.open(room);
  try {
    const snapshot = await chat.snapshot(principal, room, source, since);
    const { row, insideAt, room: wire, members, total, events, more } = snapshot;
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
    if (before !== undefined && !isNotInside(error, room)) live.catchUp(before);
    else if (subscriptions.get(room.id) === live) subscriptions.close(room.id);
    throw error;
  }
}

/**
 * Opens a room that the user is seen to be in, by what has been told of them, without asking the database first: reading it
 * tells when they are not after all. Answers undefined for someone outside.
 */
export async function openRoomIfInside(
  services: OpenRoomServices,
  opener: RoomOpener,
  room: RoomIdentity,
  since?: number,
): Promise<OpenedRoom | undefined> {
  if (!services.chat.presence.isIn(opener.principal.id, room.id)) return undefined;
  try {
    return await openRoom(services, opener, room, since);
  } catch (error) {
    if (isNotInside(error, room)) return undefined;
    throw error;
  }
}
