/** Events of the log as the protocol has them, and as JSON. Knows no batches. */
import type { RoomEvent } from '@parley/protocol';
import type { StoredEvent } from '@parley/store';

/** An event of the log as the protocol has it. */
export function toRoomEvent(room: string, stored: StoredEvent): RoomEvent {
  const inLog = { room, seq: stored.seq, at: isoTime(stored.at), from: stored.from };
  switch (stored.type) {
    case 'message': {
      const { text, cid, replyTo, editedAt, deleted } = stored;
      return {
        type: 'message',
        ...inLog,
        text,
        cid,
        ...(replyTo === undefined ? {} : { replyTo }),
        ...(editedAt === undefined ? {} : { editedAt: editedAt.toISOString() }),
        ...(deleted === undefined ? {} : { deleted }),
      };
    }
    case 'message.edited':
      return { type: 'message.edited', ...inLog, target: stored.target, text: stored.text };
    case 'message.deleted':
      return { type: 'message.deleted', ...inLog, target: stored.target };
    case 'topic.changed':
      return { type: 'topic.changed', ...inLog, topic: stored.topic };
    default:
      return { type: stored.type, ...inLog };
  }
}

/**
 * The events as JSON: what JSON.stringify makes of `toRoomEvent`. Messages, which nearly all events are, are put together
 * from their parts, which takes a third of the time.
 */
export function encodeStored(room: string, events: readonly StoredEvent[]): string[] {
  const head = `{"type":"message","room":${JSON.stringify(room)},"seq":`;
  return events.map((event) => {
    if (event.type !== 'message') return JSON.stringify(toRoomEvent(room, event));
    const { seq, at, from, text, cid, replyTo, editedAt, deleted } = event;
    const author = `{"id":${JSON.stringify(from.id)},"nick":${JSON.stringify(from.nick)}}`;
    const reply = replyTo === undefined ? '' : `,"replyTo":${replyTo}`;
    const edited = editedAt === undefined ? '' : `,"editedAt":"${editedAt.toISOString()}"`;
    const gone = deleted === undefined ? '' : ',"deleted":true';
    const body = `"text":${JSON.stringify(text)},"cid":${JSON.stringify(cid)}`;
    return `${head}${seq},"at":"${isoTime(at)}","from":${author},${body}${reply}${edited}${gone}}`;
  });
}

/** The message of before that an event changes, by its JSON as it is made here; undefined where it changes none. */
export function changedBy(json: string): number | undefined {
  // The type comes first. Nearly all are messages, which need not be taken apart for that.
  if (!json.startsWith('{"type":"message.')) return undefined;
  const event = JSON.parse(json) as RoomEvent;
  return 'target' in event ? event.target : undefined;
}

let latest: { readonly at: Date; readonly text: string } | undefined;

/** ISO 8601 in UTC with milliseconds. A batch's events share one Date in each room: the last one asked for is remembered. */
export function isoTime(at: Date): string {
  if (latest?.at !== at) latest = { at, text: at.toISOString() };
  return latest.text;
}
