/** The requests of one connection, on a real socket. */
import { createServer } from 'node:http';
import { decodeClientFrame } from '@parley/protocol';
import { failOnLeaks, listen, pollFor, RawClient } from '@parley/testkit';
import { expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { SocketTransport } from '../src/realtime/transport.ts';
import { WriteBuffer } from '../src/realtime/write-buffer.ts';
import type { Client, Reply, RequestHandlers } from '../src/realtime/request-handlers.ts';
import { RequestQueue } from '../src/realtime/request-queue.ts';

failOnLeaks();

const LONG_LIST: Reply = {
  answer: {
    type: 'user.list',
    users: Array.from({ length: 200 }, (_, id) => ({ id: String(id), nick: `nick-${id}`, guest: true, online: true })),
    total: 200,
  },
};

/** A queue whose pings take until `release`, and whose list of users is long and there at once; and the client whose it is. */
async function openQueue() {
  const http = createServer();
  const server = new WebSocketServer({ server: http });
  const transports: SocketTransport[] = [];
  let mostUnsent = 0;
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const ping = async (): Promise<Reply> => {
    await held;
    return { answer: { type: 'pong' } };
  };
  server.on('connection', (ws, { socket }) => {
    const transport = new SocketTransport(ws, socket);
    // Nothing else is asked here.
    const handlers = { ping, 'user.list': () => LONG_LIST } as unknown as RequestHandlers;
    const writeBuffer = new WriteBuffer(transport);
    const queue = new RequestQueue({ transport, writeBuffer, handlers, refuse: () => {} });
    queue.start({} as Client);
    transport.listen({
      received(text) {
        const frame = decodeClientFrame(text);
        if (frame.kind !== 'not_a_message') queue.push(frame, text);
        mostUnsent = Math.max(mostUnsent, writeBuffer.unsentBytes);
      },
      receivedBinary: () => {},
      ended: () => queue.stop(),
    });
    transports.push(transport);
  });
  const listening = await listen(http);
  const client = await RawClient.open(listening.url);
  return {
    client,
    isPaused: () => transports[0]?.isPaused,
    mostUnsent: () => mostUnsent,
    release,
    close: () => {
      client.terminate();
      return listening.close();
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
  await close();
});

test('a chunk full of requests that are answered at once is begun as far as the answers may wait to be sent', async () => {
  const { client, mostUnsent, release, close } = await openQueue();
  const count = 1000;
  client.pause();
  // One write, which arrives in chunks of 64 KiB.
  client.sendTogether(Array.from({ length: count }, (_, at) => ({ type: 'user.list', id: at + 1 })));
  await pollFor(mostUnsent, (bytes) => bytes > 256 * 1024);
  client.resume();
  await pollFor(() => client.messages.length, count);
  expect(mostUnsent()).toBeLessThan(300 * 1024);
  release();
  await close();
});
