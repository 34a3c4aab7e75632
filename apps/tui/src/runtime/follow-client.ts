/** Turns what a chat client tells into actions. */
import type { ChatClient, PendingMessage } from '@parley/client';
import type { Action } from '../state/actions.ts';
import type { PendingReport } from '../state/state.ts';

/** Follows the client until the answer is called. */
export function followClient(chat: ChatClient, push: (action: Action) => void, now: () => number): () => void {
  // Each message changes its room: they are looked at once for all of a frame.
  const rooms: Action = { type: 'rooms', rooms: chat.rooms };
  const roomsChanged = (): void => push(rooms);
  const pendingChanged = (room: string): void =>
    push({ type: 'pending', room, pending: chat.pending(room).map(pendingLine) });
  const stops = [
    chat.on('state', (connection) => {
      push({ type: 'connection', connection, now: now() });
      // The welcome screen takes no rooms: the chat needs them once it is there.
      if (connection.name === 'online') push(rooms);
    }),
    chat.on('joined', ({ room, members, total, events, more }) => {
      push({ type: 'room.opened', opened: { room, members, total, events, more }, fresh: !chat.isLive(room.room) });
      push(rooms);
      if (chat.pending(room.room).length > 0) pendingChanged(room.room);
    }),
    chat.on('events', (events) => push({ type: 'events', events, now: now() })),
    chat.on('hint', (hint) => push({ type: 'hint', hint, now: now() })),
    chat.on('room', roomsChanged),
    chat.on('roomGone', roomsChanged),
    chat.on('pending', ({ message }) => pendingChanged(message.room)),
    chat.on('gap', ({ room, from, to, state }) => {
      if (state !== 'lost') return;
      const words = `Messages ${from} to ${to} of ${room} could not be had from the server.`;
      push({ type: 'noted', tone: 'bad', words, keep: true, now: now() });
    }),
    chat.on('error', ({ message }) => push({ type: 'noted', tone: 'bad', words: message, keep: false, now: now() })),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function pendingLine({ cid, text, state, error }: PendingMessage): PendingReport {
  const shown = state === 'failed' ? 'failed' : state === 'queued' ? 'waiting' : 'sending';
  return { cid, text, state: shown, words: error?.message ?? '' };
}
