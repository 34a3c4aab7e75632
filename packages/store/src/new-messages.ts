/**
 * The fast ways into the log for a batch of new messages, and what the answer makes of them: one prepared statement for a
 * message alone, one for several of one room, and append_new_messages (migrations/0003) for whatever those refuse and for
 * many rooms. Knows nothing of errors, and of no other event.
 */
import { isUuid, type Statement } from './database.ts';
import type { AppendOutcome, NewEvent } from './events.ts';

export type NewMessage = Extract<NewEvent, { type: 'message' }>;

/** A message with its ids as the tables have them. */
export interface NumberedMessage {
  readonly event: NewMessage;
  readonly room: number;
  readonly sender: number;
}

/** Where a room stood before the batch. */
export interface RoomBefore {
  room: number;
  seq: number;
  at: Date;
  messages: number;
}

export type Call = Statement & { readonly values: readonly unknown[] };

/**
 * A message alone that answers no other, which someone waits for: a function costs half as much again (append_new_message,
 * which cores of before call), and parsing as much as the rest. The membership that it looks up it sees as it was when it
 * began, so it is right only if nothing was appended since: when it had to wait for the room, and the room has gone on,
 * `last_seq` is another one and nothing is stored. A message that is stored already is refused by the cids' index. Its plan
 * is kept, and may have been made while the tables were empty: nothing is looked up in `events`, which alone grows so fast
 * that it would matter.
 */
const ONE_MESSAGE: Statement = {
  name: 'append_one_message',
  text: `with counted as (
    update rooms set
      last_seq = rooms.last_seq + 1,
      message_count = rooms.message_count + 1,
      last_at = greatest(rooms.last_at, date_trunc('milliseconds', clock_timestamp()))
    where rooms.id = $1 and rooms.last_seq = (select before.last_seq from rooms as before where before.id = $1)
      and (rooms.open or exists (select from memberships where room_id = $1 and user_id = $2))
    returning id, last_seq, last_at, message_count
  ), stored as (
    insert into events (room_id, seq, at, sender_id, messages, cid, type, sender_nick, text)
    select id, last_seq, last_at, $2, message_count, $4, 'message', $3, $5 from counted
  )
  select id as room, last_seq - 1 as seq, last_at as at, message_count - 1 as messages from counted`,
};
/**
 * The same for several messages of one room: four fifths of the time that the function takes. Lists stand in selects of their
 * own, so that their lengths are unknown to a plan: known ones look cheaper, and it would be planned anew each time.
 */
const ROOM_MESSAGES: Statement = {
  name: 'append_room_messages',
  text: `with counted as (
    update rooms set
      last_seq = rooms.last_seq + cardinality($2::bigint[]),
      message_count = rooms.message_count + cardinality($2::bigint[]),
      last_at = greatest(rooms.last_at, date_trunc('milliseconds', clock_timestamp()))
    where rooms.id = $1 and rooms.last_seq = (select before.last_seq from rooms as before where before.id = $1)
      and (rooms.open or not exists (
        select from unnest((select $3::bigint[])) as spoken (id)
        where (select user_id from memberships where room_id = $1 and user_id = spoken.id) is null
      ))
    returning id, last_seq - cardinality($2::bigint[]) as seq, last_at, message_count - cardinality($2::bigint[]) as messages
  ), stored as (
    insert into events (room_id, seq, at, sender_id, messages, cid, type, sender_nick, text)
    select counted.id, counted.seq + place, last_at, sender, counted.messages + place, cid, 'message', nick, text
    from counted, unnest((select $2::bigint[]), (select $4::text[]), (select $5::uuid[]), (select $6::text[]))
      with ordinality as sent (sender, nick, cid, text, place)
  )
  select id as room, seq, last_at as at, messages from counted`,
};
const BATCH: Statement = {
  name: 'append_new_messages',
  text: 'select * from append_new_messages($1, $2, $3, $4, $5, $6, $7, $8)',
};

const LONE_SURROGATE = /\p{Surrogate}/u;
const NEEDS_ESCAPE = /["\\]/;

/** Whether the message can go this way: its strings stand in array literals, which say nothing of a broken one. */
export const isPlain = ({ text, cid, sender }: NewMessage): boolean =>
  isUuid(cid) && !LONE_SURROGATE.test(text) && !LONE_SURROGATE.test(sender.nick);

/** Messages by room, rooms in id order, messages in theirs. */
export function byRoom<Each extends NumberedMessage>(messages: readonly Each[]): [number, Each[]][] {
  const rooms = new Map<number, Each[]>();
  for (const message of messages) {
    const before = rooms.get(message.room);
    if (before === undefined) rooms.set(message.room, [message]);
    else before.push(message);
  }
  return [...rooms].toSorted(([a], [b]) => a - b);
}

/**
 * The statement to try first for messages that `byRoom` has sorted, if there is a quicker one than `batchCall`. Both answer a
 * RoomBefore a room, or nothing and store nothing.
 */
export function quickCall(rooms: readonly (readonly [number, readonly NumberedMessage[]])[]): Call | undefined {
  const [first, ...others] = rooms;
  if (first === undefined || others.length > 0) return undefined;
  const [room, messages] = first;
  if (messages.some(({ event }) => event.replyTo !== undefined)) return undefined;
  const [alone, ...more] = messages;
  if (alone !== undefined && more.length === 0) {
    const { event, sender } = alone;
    return { ...ONE_MESSAGE, values: [room, sender, event.sender.nick, event.cid, event.text] };
  }
  const senders = messages.map(({ sender }) => sender);
  const lists = [
    senders,
    [...new Set(senders)],
    messages.map(({ event }) => quote(event.sender.nick)),
    messages.map(({ event }) => event.cid),
    messages.map(({ event }) => quote(event.text)),
  ];
  return { ...ROOM_MESSAGES, values: [room, ...lists.map(toArrayLiteral)] };
}

/** The call of the function, which is right whatever it had to wait for. */
export function batchCall(rooms: readonly (readonly [number, readonly NumberedMessage[]])[]): Call {
  let [inRoom, place, senders, nicks, cids, texts, replies] = ['', '', '', '', '', '', ''];
  let hasReplies = false;
  let separator = '';
  rooms.forEach(([, messages], index) => {
    messages.forEach(({ event, sender }, before) => {
      inRoom += `${separator}${index + 1}`;
      place += `${separator}${before + 1}`;
      senders += `${separator}${sender}`;
      nicks += `${separator}${quote(event.sender.nick)}`;
      cids += `${separator}${event.cid}`;
      texts += `${separator}${quote(event.text)}`;
      replies += `${separator}${event.replyTo ?? 'NULL'}`;
      hasReplies ||= event.replyTo !== undefined;
      separator = ',';
    });
  });
  const lists = [rooms.map(([room]) => room).join(','), inRoom, place, senders, nicks, cids, texts];
  return {
    ...BATCH,
    values: [...lists.map((list) => `{${list}}`), hasReplies ? `{${replies}}` : null],
  };
}

/** What the answer says of each message: they stand one after the other behind what their room held before. */
export function settleNew<Each extends NumberedMessage>(
  rooms: readonly (readonly [number, readonly Each[]])[],
  answer: readonly RoomBefore[],
  settle: (message: Each, outcome: AppendOutcome) => void,
): void {
  const rows = new Map(answer.map((row) => [row.room, row]));
  for (const [room, messages] of rooms) {
    const row = rows.get(room);
    if (row === undefined) continue;
    let { seq, messages: count } = row;
    for (const message of messages) {
      const { roomId, sender, text, cid, replyTo } = message.event;
      const inLog = {
        roomId,
        seq: ++seq,
        at: row.at,
        from: { id: sender.id, nick: sender.nick },
        messages: ++count,
        type: 'message',
        text,
        cid,
      } as const;
      settle(message, { status: 'appended', event: replyTo === undefined ? inLog : { ...inLog, replyTo } });
    }
  }
}

/** An element of an array literal. */
const quote = (text: string): string =>
  `"${NEEDS_ESCAPE.test(text) ? text.replaceAll(/["\\]/g, String.raw`\$&`) : text}"`;

const toArrayLiteral = (elements: readonly (string | number)[]): string => `{${elements.join(',')}}`;
