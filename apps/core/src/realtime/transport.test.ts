import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { SocketTransport } from './transport.ts';

/** A socket whose peer takes nothing until it is told to. */
class StandingSocket extends Duplex {
  #taken = 0;
  #take: (() => void) | undefined;

  /** What waits included, as a real one counts. */
  get bytesWritten(): number {
    return this.#taken + this.writableLength;
  }
  /** The peer takes the oldest of what was written. */
  peerTakes(): void {
    this.#take?.();
  }
  override _write(chunk: Buffer, _: BufferEncoding, taken: () => void): void {
    this.#take = () => {
      this.#taken += chunk.length;
      taken();
    };
  }
  override _read(): void {}
}

/** A transport with two writes that wait, and whether it is stalled at each of these times. */
function waiting() {
  const socket = new StandingSocket();
  const transport = new SocketTransport({ isPaused: false } as unknown as WebSocket, socket);
  for (const text of ['one', 'two']) transport.write(Buffer.from(text));
  const stalledAt = (...times: number[]): boolean[] => times.map((now) => transport.isStalled(now, 5000));
  return { socket, transport, stalledAt };
}

test('is stalled once nothing has been taken for so long, and not before', () => {
  const { stalledAt } = waiting();
  expect(stalledAt(10_000, 14_999, 15_000)).toEqual([false, false, true]);
});

test('that takes something has all the time anew', () => {
  const { socket, stalledAt } = waiting();
  expect(stalledAt(10_000, 14_999)).toEqual([false, false]);
  socket.peerTakes();
  expect(stalledAt(15_000, 19_999, 20_000)).toEqual([false, false, true]);
});

test('with nothing to take is never stalled', () => {
  const { socket, stalledAt } = waiting();
  expect(stalledAt(10_000)).toEqual([false]);
  for (const _ of ['one', 'two']) socket.peerTakes();
  expect(stalledAt(60_000, 120_000)).toEqual([false, false]);
});

test('is not thought silent while something waits: its pongs may be stuck behind what it does not read', () => {
  const { transport, stalledAt } = waiting();
  stalledAt(10_000);
  expect(transport.heardAt).toBe(10_000);
});
