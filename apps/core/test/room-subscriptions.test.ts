/** The rooms of one connection whose peer takes nothing: a transport that fills and does not drain until it is told to. */
import { setImmediate as turn } from 'node:timers/promises';
import { MAX_PAGE_EVENTS } from '@parley/protocol';
import type { StoredEvent } from '@parley/store';
import { expect, it } from 'vitest';
import { RoomFeeds } from '../src/chat/room-feeds.ts';
import { payloadOf } from '../src/realtime/frames.ts';
import { MAX_UNSENT_BYTES, type Transport } from '../src/realtime/transport.ts';
import { RoomSubscriptions } from '../src/realtime/room-subscriptions.ts';
import { WriteBuffer } from '../src/realtime/write-buffer.ts';

const EVENTS = 3 * MAX_PAGE_EVENTS;
/** Turns of the event loop after which what would go on by itself has gone on: a page takes one. */
const MANY_TURNS = 200;
/** A page takes more than one frame. */
const TEXT = 'x'.repeat(2000);
/** What the kernel takes before it takes no more. */
const FREE_BYTES = 64 * 1024;

const event = (seq: number): StoredEvent => ({
  roomId: '1',
  seq,
  at: new Date(0),
  from: { id: '7', nick: 'ada' },
  messages: seq,
  type: 'message',
  text: TEXT,
  cid: '00000000-0000-4000-8000-000000000000',
});

class StandingTransport {
  readonly isOpen = true;
  unsentBytes = 0;
  mostUnsent = 0;
  readonly #frames: Buffer[] = [];
  #waiting: (() => void)[] = [];

  write(frame: Buffer): void {
    this.#frames.push(frame);
    this.unsentBytes += frame.length;
    this.mostUnsent = Math.max(this.mostUnsent, this.unsentBytes);
  }
  /** Of all events that were written. */
  seqs(): number[] {
    const messages = this.#frames.flatMap((frame) => JSON.parse(payloadOf(frame).toString()) as { seq: number }[]);
    return messages.map(({ seq }) => seq);
  }
  drained(): Promise<void> {
    if (this.unsentBytes <= FREE_BYTES) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
  /** The peer has read everything. */
  drain(): void {
    this.unsentBytes = 0;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Rooms of so many events, on a connection whose peer reads nothing. */
function standing() {
  const transport = new StandingTransport();
  const reads = { count: 0 };
  const feeds = new RoomFeeds({
    log: {
      async page({ after = 0 }) {
        reads.count += 1;
        await turn();
        const last = Math.min(EVENTS, after + MAX_PAGE_EVENTS);
        return { events: Array.from({ length: last - after }, (_, at) => event(after + at + 1)), more: last < EVENTS };
      },
    },
    report: () => {},
  });
  const figures = { delivered: () => {}, slowReader: () => {} };
  const writeBuffer = new WriteBuffer(transport as unknown as Transport);
  const rooms = new RoomSubscriptions({
    feeds,
    userId: '9',
    source: '192.0.2.1',
    writeBuffer,
    roomBuffer: 500,
    figures,
    hint: () => {},
    rewound: () => {},
  });
  return {
    transport,
    reads,
    open: (name: string) => rooms.open({ id: name, slug: name, kind: 'public', open: false, passwordHash: undefined }),
    /** The peer reads on until `isDone`. */
    readUntil: async (isDone: () => boolean): Promise<void> => {
      for (let turns = 0; turns < 20_000 && !isDone(); turns += 1) {
        transport.drain();
        await turn();
      }
    },
    close: (): void => {
      rooms.end();
      feeds.close();
    },
  };
}

it('that are all behind are fed one at a time: what waits to be sent does not grow with their number', async () => {
  const { transport, reads, open, readUntil, close } = standing();
  const opened = Array.from({ length: 50 }, (_, at) => open(`room-${at}`));
  for (const room of opened) room.catchUp(0);
  for (let turns = 0; turns < MANY_TURNS; turns += 1) await turn();
  expect(reads.count).toBe(1);
  await readUntil(() => opened.every(({ position }) => position === EVENTS));
  expect(opened.map(({ position }) => position)).toEqual(opened.map(() => EVENTS));
  // The frame that fills it, on top of what the kernel takes.
  expect(transport.mostUnsent).toBeLessThanOrEqual(FREE_BYTES + MAX_UNSENT_BYTES);
  close();
});

it('are as far as their frames have been written: opened anew in the middle of a page, one leaves nothing out', async () => {
  const { transport, open, readUntil, close } = standing();
  const first = open('room');
  first.catchUp(0);
  for (let turns = 0; turns < MANY_TURNS; turns += 1) await turn();
  const { position = 0 } = first;
  expect(transport.seqs()).toEqual(Array.from({ length: position }, (_, at) => at + 1));
  expect(position).toBeGreaterThan(0);
  expect(position).toBeLessThan(MAX_PAGE_EVENTS);
  const second = open('room');
  second.catchUp(position);
  await readUntil(() => second.position === EVENTS);
  expect(transport.seqs()).toEqual(Array.from({ length: EVENTS }, (_, at) => at + 1));
  close();
});

it('refuse to be opened once the connection is over, and say when to try again', () => {
  const { open, close } = standing();
  close();
  expect(() => open('room')).toThrow(
    expect.objectContaining({ code: 'unavailable', retryAfterMs: expect.any(Number) as number }),
  );
});
