/** Peers that send FIN and may or may not read on: what they have not taken stays unsent until their socket is gone. */
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { makeTicket } from '@parley/service';
import { failOnLeaks, listen, pollFor, RawClient, TestServer, tokenOf } from '@parley/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { textFrame } from '../src/realtime/frames.ts';
import { SocketTransport } from '../src/realtime/transport.ts';
import { RawTrunk } from './raw-trunk.ts';
import { BULKY_TEXT, figure, sendMany, standsStill, uniqueNick, uniqueRoom } from './start-test-core.ts';

failOnLeaks();

const SECRET = 'a secret for tests, which is long enough';
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

describe('the transport of a peer that has sent FIN', () => {
  /** A transport with megabytes that its peer has not read, and will not read until it resumes. */
  async function halfClosedTransport(): Promise<{ transport: SocketTransport; socket: Duplex; peer: RawClient }> {
    const http = createServer();
    const server = new WebSocketServer({ server: http });
    const transports: { transport: SocketTransport; socket: Duplex }[] = [];
    server.on(
      'connection',
      (ws, { socket }) => void transports.push({ transport: new SocketTransport(ws, socket), socket }),
    );
    const { url, close } = await listen(http);
    closers.push(close);
    const peer = await RawClient.open(url);
    closers.push(() => peer.terminate());
    const opened = await pollFor(
      () => transports[0],
      (transport) => transport !== undefined,
    );
    if (opened === undefined) throw new Error('unreachable');
    peer.pause();
    const frame = textFrame(JSON.stringify({ type: 'notice', text: 'x'.repeat(1024 * 1024) }));
    for (let count = 0; count < 32; count += 1) opened.transport.write(frame);
    peer.halfClose();
    await pollFor(() => opened.transport.isOpen, false);
    return { ...opened, peer };
  }

  it('is drained when the peer has read, and not before', async () => {
    const { transport, peer } = await halfClosedTransport();
    let isDrained = false;
    void transport.drained().then(() => (isDrained = true));
    await turn();
    expect(transport.unsentBytes).toBeGreaterThan(0);
    expect(isDrained).toBe(false);
    peer.resume();
    await pollFor(() => isDrained, true);
    expect(transport.unsentBytes).toBe(0);
    expect(peer.messages).not.toHaveLength(0);
  });

  it('is drained when it is gone', async () => {
    const { transport } = await halfClosedTransport();
    let isDrained = false;
    void transport.drained().then(() => (isDrained = true));
    transport.terminate();
    await pollFor(() => isDrained, true);
  });

  it('is gone once it is closed: nothing more can be said to the peer', async () => {
    const { transport, socket } = await halfClosedTransport();
    transport.close(4401, 'Signed out.');
    await pollFor(() => socket.destroyed, true);
  });
});

describe('a peer that sends FIN while a request of its own is under way, and reads nothing', () => {
  interface Comer {
    say(frame: object): void;
    pause(): void;
    halfClose(): void;
  }
  /** Comes in with this hello. */
  type Enter = (server: TestServer, hello: object) => Promise<Comer>;

  const onItsOwn: Enter = async (server, hello) => {
    const client = await RawClient.enter(server.url, hello);
    closers.push(() => client.terminate());
    return { say: (frame) => client.send(frame), pause: () => client.pause(), halfClose: () => client.halfClose() };
  };

  const onATrunk: Enter = async (server, hello) => {
    const trunk = await RawTrunk.open(server.url, await makeTicket(new TextEncoder().encode(SECRET), '198.51.100.1'));
    closers.push(() => trunk.terminate());
    trunk.openChannel(1);
    trunk.send(1, { type: 'hello', version: 1, ...hello });
    await trunk.next(1, ({ type }) => type === 'welcome');
    return { say: (frame) => trunk.send(1, frame), pause: () => trunk.pause(), halfClose: () => trunk.halfClose() };
  };

  it.each([
    ['on a connection of its own', onItsOwn],
    ['on a trunk', onATrunk],
  ])('%s holds nobody up, and is cut off after STALL_SECONDS', async (_, enter) => {
    // A process of its own: a core that does nothing else any more could not fail a test in the same process.
    const env = { RATE_LIMITS: 'off', STALL_SECONDS: '3', JWT_SECRET: SECRET };
    const server = await TestServer.start({ program: 'core', env });
    closers.push(() => server.close());
    const [writer, formerly] = [
      await RawClient.enter(server.url, uniqueNick()),
      await RawClient.enter(server.url, uniqueNick()),
    ];
    closers.push(() => writer.terminate());
    const room = uniqueRoom();
    await writer.request({ type: 'room.create', room });
    await formerly.request({ type: 'room.join', room });
    const token = tokenOf(formerly);
    formerly.terminate();
    await sendMany(writer, room, 1500, BULKY_TEXT);

    // All that the two ends hold in the kernel, and less beyond it than makes requests wait.
    const comer = await enter(server, { token, resume: { [room]: 0 } });
    comer.pause();
    await standsStill(server);
    // What a core that does nothing else any more would not get done.
    let checked = 0;
    const checks = Array.from({ length: 60 }, async () => {
      const body = JSON.stringify({ nick: uniqueNick(), password: 'correct horse' });
      const headers = { 'content-type': 'application/json' };
      const { status } = await fetch(`${server.url}/api/auth/login`, { method: 'POST', headers, body });
      checked += 1;
      return status;
    });
    await pollFor(
      () => checked,
      (count) => count > 0,
    );
    comer.say({ type: 'typing', room });
    await writer.next({ type: 'typing' });
    // Megabytes, for which the next request has to wait.
    comer.say({ type: 'history', room, limit: 200 });
    comer.say({ type: 'room.create', room: uniqueRoom() });
    comer.halfClose();
    expect(await figure(server, 'parley_connections')).toBe(2);
    expect(checked).toBeLessThan(checks.length);

    await pollFor(() => checked, checks.length, { what: 'the core to go on' });
    expect(new Set(await Promise.all(checks))).toEqual(new Set([401]));
    expect(await writer.request({ type: 'ping' })).toMatchObject({ type: 'pong' });
    await pollFor(() => figure(server, 'parley_connections'), 1, { intervalMs: 100 });
  });
});
