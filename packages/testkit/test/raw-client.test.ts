import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AddressInfo, WebSocketServer } from 'ws';
import { failOnLeaks, RawClient } from '@parley/testkit';

failOnLeaks();

let server: WebSocketServer;
let url: string;
beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  for (const socket of server.clients) socket.terminate();
  server.close();
});

test('takes arrays apart and answers the first message that matches', async () => {
  server.on('connection', (socket) => {
    socket.send('[{"type":"pong","re":1},{"type":"pong","re":2}]');
    socket.send('{"type":"notice","text":"hello"}');
  });
  const client = await RawClient.open(url);
  expect(await client.next({ type: 'pong', re: 2 })).toEqual({ type: 'pong', re: 2 });
  expect(await client.next({ type: 'notice' })).toMatchObject({ text: 'hello' });
  expect(client.unread()).toEqual([{ type: 'pong', re: 1 }]);
  expect(client.frames).toHaveLength(2);
});

test('tells the close code, also to who waits for a message', async () => {
  server.on('connection', (socket) => socket.close(4400, 'not a message'));
  const client = await RawClient.open(url);
  await expect(client.next({ type: 'pong' })).rejects.toThrow('not a message');
  expect(await client.closed()).toBe(4400);
});

test('rejects when the upgrade is refused', async () => {
  server.options.verifyClient = () => false;
  await expect(RawClient.open(url)).rejects.toThrow('401');
});
