/** The requests of one connection, on a real socket. */
import type { AddressInfo } from 'node:net';
import { decodeClientFrame } from '@parley/protocol';
import { failOnLeaks, pollFor, RawClient } from '@parley/testkit';
import { expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { SocketLine } from '../src/realtime/line.ts';
import { Outbox } from '../src/realtime/outbox.ts';
import type { Client, Reply, RequestHandlers } from '../src/realtime/request-handlers.ts';
import { RequestQueue } from '../src/realtime/request-queue.ts';

failOnLeaks();

/** A queue whose every request takes until `release`, and the client whose it is. */
async function openQueue() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  const lines: SocketLine[] = [];
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const ping = async (): Promise<Reply> => {
    await held;
    return { answer: { type: 'pong' } };
  };
  server.on('connection', (ws, { socket }) => {
    const line = new SocketLine(ws, socket);
    // Nothing else is asked here.
    const handlers = { ping } as unknown as RequestHandlers;
    const queue = new RequestQueue({ line, outbox: new Outbox(line), handlers, refuse: () => {} });
    queue.start({} as Client);
    line.listen({
      received(text) {
        const frame = decodeClientFrame(text);
        if (frame.kind !== 'not_a_message') queue.push(frame, text);
      },
      receivedBinary: () => {},
      ended: () => queue.stop(),
    });
    lines.push(line);
  });
  const client = await RawClient.open(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return {
    client,
    isPaused: () => lines[0]?.isPaused,
    release,
    close: () => {
      client.terminate();
      server.close();
    },
  };
}

test.each([
  ['128 requests', 129, 0],
  ['256 KiB of requests', 6, 60 * 1024],
])('while %s wait nothing is read, and then all are answered', async (_, count, padding) => {
  const { client, isPaused, release, close } = await openQueue();
  for (let id = 1; id <= count; id += 1) client.send({ type: 'ping', id, padding: 'x'.repeat(padding) });
  await pollFor(isPaused, true);
  release();
  await pollFor(() => client.messages.length, count);
  expect(client.messages).toEqual(Array.from({ length: count }, (_each, at) => ({ type: 'pong', re: at + 1 })));
  expect(isPaused()).toBe(false);
  close();
});
