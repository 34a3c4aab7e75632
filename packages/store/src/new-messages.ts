/**
 * The fast way into the log: a batch of messages as parameters of append_new_messages (migrations/0003), and what its
 * answer makes of them. Knows nothing of errors, and of no other event.
 */
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

export interface Call {
  readonly text: string;
  readonly values: readonly unknown[];
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const LONE_SURROGATE = /\p{Surrogate}/u;
const NEEDS_ESCAPE = /["\\]/;

/** Whether the message can go this way: its strings stand in array literals, which say nothing of a broken one. */
export const isPlain = ({ text, cid, sender }: NewMessage): boolean =>
  UUID.test(cid) && !LONE_SURROGATE.test(text) && !LONE_SURROGATE.test(sender.nick);

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

/** The statement for messages that `byRoom` has sorted. It answers a RoomBefore a room, or nothing and stores nothing. */
export function toCall(rooms: readonly (readonly [number, readonly NumberedMessage[]])[]): Call {
  const [first] = rooms;
  const alone = rooms.length === 1 && first?.[1].length === 1 ? first[1][0] : undefined;
  if (alone !== undefined) {
    const { event, room, sender } = alone;
    return {
      text: 'select * from append_new_message($1, $2, $3, $4, $5, $6)',
      values: [room, sender, event.sender.nick, event.cid, event.text, event.replyTo ?? null],
    };
  }
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
    text: 'select * from append_new_messages($1, $2, $3, $4, $5, $6, $7, $8)',
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
