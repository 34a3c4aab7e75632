/** Reads pages of rooms' logs. Knows nothing of how events came in. */
import { type Database, toRowId } from './database.ts';
import { type EventPage, type StoredEvent, toStoredEvent } from './events.ts';

/** What a page comes to on the wire, so that it fits what a connection may have unsent, whatever people write. */
const MAX_PAGE_BYTES = 192 * 1024;
/** An event as JSON, apart from its text: about, and at most for nicks of ASCII. */
const EVENT_BYTES = 256;
// oxlint-disable-next-line no-control-regex
const ESCAPED = /[\0-\x1f"\\]/;

export interface PageRequest {
  roomId: string;
  before?: number | undefined;
  after?: number | undefined;
  limit: number;
}

interface EventRow {
  seq: number;
  at: Date;
  messages: number;
  type: string;
  sender_id: number;
  sender_nick: string;
  cid: string;
  text: string | null;
  reply_to: number | null;
  target: number | null;
  edited_at: Date | null;
}

/**
 * What an edit has made of its message stands there, which is looked for in a range: where a planner expects few events in a
 * room, equality leads it through the index of cids, and that through the whole room for each edit.
 */
const PAGE_COLUMNS = `seq, at, messages, type, sender_id, sender_nick, cid, reply_to, target, edited_at,
  case type when 'message.edited' then (
    select message.text from events as message
    where message.room_id = events.room_id and message.seq >= events.target order by message.seq limit 1
  ) else text end as text`;

/** What the log holds of a room there is; of another nothing. */
export async function readPage(database: Pick<Database, 'sql'>, request: PageRequest): Promise<EventPage> {
  const room = toRowId(request.roomId);
  if (room === undefined) return { events: [], more: false };
  const forward = request.after !== undefined;
  const rows = await database.sql<EventRow>(
    forward
      ? `select ${PAGE_COLUMNS} from events where room_id = $1 and seq > $2 order by seq limit $3`
      : `select ${PAGE_COLUMNS} from events where room_id = $1 and seq < $2 order by seq desc limit $3`,
    [room, request.after ?? request.before ?? Number.MAX_SAFE_INTEGER, request.limit + 1],
  );
  const page = rows.slice(0, Math.min(request.limit, countWithin(rows, MAX_PAGE_BYTES)));
  const more = rows.length > page.length;
  if (!forward) page.reverse();
  return { events: page.map((row) => fromRow(request.roomId, row)), more };
}

/** How many of the rows, one at least, come to no more than so many bytes once they are encoded. */
function countWithin(rows: readonly EventRow[], maxBytes: number): number {
  let bytes = 0;
  const over = rows.findIndex(({ text }) => (bytes += EVENT_BYTES + encodedBytes(text ?? '')) > maxBytes);
  return over === -1 ? rows.length : Math.max(1, over);
}

/** As JSON, in which some characters take six times the bytes. */
const encodedBytes = (text: string): number => Buffer.byteLength(ESCAPED.test(text) ? JSON.stringify(text) : text);

function fromRow(roomId: string, row: EventRow): StoredEvent {
  return toStoredEvent(roomId, {
    seq: row.seq,
    at: row.at,
    messages: row.messages,
    type: row.type,
    senderId: String(row.sender_id),
    nick: row.sender_nick,
    cid: row.cid,
    text: row.text,
    replyTo: row.reply_to,
    target: row.target,
    editedAt: row.edited_at,
  });
}
