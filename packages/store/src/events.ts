/** The shapes of what goes into a room's log and what comes out. Wire messages are made of these elsewhere. */

/** Who did it, under the nick they had then. */
interface EventAuthor {
  id: string;
  nick: string;
}

interface NewInRoom {
  roomId: string;
  sender: EventAuthor;
}

/** Something to append. A change to memberships, a topic or a message is its event: both happen in one transaction. */
export type NewEvent = NewInRoom &
  (
    | { type: 'message'; text: string; cid: string; replyTo?: number | undefined }
    | { type: 'member.joined' }
    | { type: 'member.left' }
    | { type: 'topic.changed'; topic: string }
    | { type: 'message.edited'; target: number; text: string }
    | { type: 'message.deleted'; target: number }
  );

interface InLog {
  roomId: string;
  /** 1, 2, 3 … in each room, without gaps. */
  seq: number;
  /** The database's time, in milliseconds; never before the room's previous event. */
  at: Date;
  from: EventAuthor;
  /** Messages in the room up to and with this event. */
  messages: number;
}

/**
 * An event of the log. A message is as it is now: of a deleted one nothing is left. So is what an edit has made of its message,
 * which later edits have changed since.
 */
export type StoredEvent = InLog &
  (
    | { type: 'message'; text: string; cid: string; replyTo?: number | undefined; editedAt?: Date; deleted?: true }
    | { type: 'member.joined' }
    | { type: 'member.left' }
    | { type: 'topic.changed'; topic: string }
    | { type: 'message.edited'; target: number; text: string }
    | { type: 'message.deleted'; target: number }
  );

/**
 * What became of one event of a batch. `duplicate` is the event that the same sender stored under the same cid before;
 * `found` tells of an `appended` one that an attempt before this may have stored; `unchanged` that there was nothing to
 * change (joined already, not in, the same topic or text, deleted already); `message_not_found` also that it is deleted; `failed` that this event could not be stored (QueryFailed), or that the
 * database can't be reached or is full (StoreUnavailable).
 */
export type AppendOutcome =
  | { status: 'appended'; event: StoredEvent; found?: true }
  | { status: 'duplicate'; seq: number; at: Date; event: StoredEvent }
  | { status: 'not_a_member' }
  | { status: 'room_not_found' }
  | { status: 'reply_not_found' }
  | { status: 'message_not_found' }
  | { status: 'not_the_author' }
  | { status: 'unchanged' }
  | { status: 'failed'; error: Error };

/**
 * One page of a log, ascending: as many events as were asked for, or fewer where those are long (192 KiB on the wire). `more`
 * tells that the log goes on in the direction that was asked for.
 */
export interface EventPage {
  events: StoredEvent[];
  more: boolean;
}

/** An event as the table has it, apart from its room. */
export interface EventColumns {
  seq: number;
  at: Date;
  messages: number;
  type: string;
  senderId: string;
  nick: string;
  cid: string;
  text: string | null;
  replyTo: number | null;
  target: number | null;
  editedAt: Date | null;
}

export function toStoredEvent(roomId: string, row: EventColumns): StoredEvent {
  const from = { id: row.senderId, nick: row.nick };
  const inLog = { roomId, seq: row.seq, at: row.at, from, messages: row.messages };
  switch (row.type) {
    case 'message':
      return {
        ...inLog,
        type: 'message',
        text: row.text ?? '',
        cid: row.cid,
        ...(row.replyTo === null ? {} : { replyTo: row.replyTo }),
        ...(row.editedAt === null ? {} : { editedAt: row.editedAt }),
        ...(row.text === null ? { deleted: true } : {}),
      };
    case 'message.edited':
      return { ...inLog, type: 'message.edited', target: row.target ?? 0, text: row.text ?? '' };
    case 'message.deleted':
      return { ...inLog, type: 'message.deleted', target: row.target ?? 0 };
    case 'member.joined':
    case 'member.left':
      return { ...inLog, type: row.type };
    case 'topic.changed':
      return { ...inLog, type: 'topic.changed', topic: row.text ?? '' };
    default:
      throw new Error(`The log holds an event of a type this version does not know: ${row.type}.`);
  }
}
