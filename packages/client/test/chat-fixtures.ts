/** Rooms and events as a server tells them, with what a test does not care about filled in. */
import type { MessageEvent, Room } from '@parley/protocol';

export const you = { id: '7', nick: 'ada', guest: true };

export const room = (name: string, fields: Partial<Room> = {}): Room => ({
  room: name,
  title: name,
  kind: 'public',
  topic: '',
  lastSeq: 0,
  readSeq: 0,
  unread: 0,
  members: 1,
  ...fields,
});

export const message = (seq: number, fields: Partial<MessageEvent> = {}): MessageEvent => ({
  type: 'message',
  room: 'dev',
  seq,
  at: '2026-11-20T12:00:00.000Z',
  from: { id: '8', nick: 'bob' },
  text: `message ${seq}`,
  cid: `00000000-0000-4000-8000-${String(seq).padStart(12, '0')}`,
  ...fields,
});
