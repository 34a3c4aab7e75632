/** Real sockets that break at random bytes, between real clients and a small honest server. */
import { connect, createServer, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { DEFAULT_LIMITS, type MessageEvent, type Request } from '@parley/protocol';
import { failOnLeaks, pollFor } from '@parley/testkit';
import { afterEach, expect, test } from 'vitest';
import { type AddressInfo, type WebSocket, WebSocketServer } from 'ws';
import { ChatClient, type Clock } from '../src/index.ts';
import { message, room } from './chat-fixtures.ts';

failOnLeaks();

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0).toReversed()) close();
});

/** Backoff a hundred times as fast: what is tested is order, not patience. */
const hurriedClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs / 100);
    return () => clearTimeout(timer);
  },
};

/** The same numbers in every run: 0 ≤ x < 1. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** One room, `dev`, as protocol.md has it; nothing is lost here but by the network. */
class HonestServer {
  readonly log: MessageEvent[] = [];
  readonly #live = new Set<WebSocket>();

  async start(): Promise<number> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    closers.push(() => {
      for (const socket of server.clients) socket.terminate();
      server.close();
    });
    server.on('connection', (socket) => {
      let id = '';
      socket.on('error', () => {});
      socket.on('close', () => this.#live.delete(socket));
      socket.on('message', (data: Buffer) => {
        const request = JSON.parse(data.toString()) as Request;
        if (request.type === 'hello') id = request.token ?? request.nick ?? '';
        this.#answer(socket, id, request);
      });
    });
    await new Promise((resolve) => server.once('listening', resolve));
    return (server.address() as AddressInfo).port;
  }

  #answer(socket: WebSocket, id: string, request: Request): void {
    const send = (frame: object): void => socket.send(JSON.stringify(frame));
    const re = request.id;
    const dev = room('dev', { lastSeq: this.log.length });
    if (request.type === 'hello') {
      const you = { id, nick: id, guest: true };
      send({ type: 'welcome', version: 1, you, token: id, rooms: [dev], limits: DEFAULT_LIMITS });
      const since = request.resume?.['dev'];
      if (since === undefined) return;
      this.#live.add(socket);
      send(this.log.slice(since));
    } else if (request.type === 'room.join') {
      this.#live.add(socket);
      send({ type: 'room.joined', re, room: dev, members: [], total: 0, events: this.log.slice(-50), more: false });
    } else if (request.type === 'history') {
      const after = request.after ?? 0;
      send({ type: 'history', re, room: 'dev', events: this.log.slice(after, after + 200), more: false });
    } else if (request.type === 'message.send') {
      this.#append(id, request);
      send({ type: 'ok', re, seq: this.log.findIndex(({ cid }) => cid === request.cid) + 1 });
    }
  }

  #append(id: string, { cid, text }: Request<'message.send'>): void {
    if (this.log.some((event) => event.cid === cid)) return;
    const event = message(this.log.length + 1, { from: { id, nick: id }, cid, text });
    this.log.push(event);
    // Every seventh event goes out late, so that the next one finds a hole.
    if (event.seq % 7 === 0) return;
    for (const reader of this.#live) reader.send(JSON.stringify(event));
  }
}

/** Hands bytes on until a random number of them has passed, then breaks the connection: sometimes after a stall. */
async function startTearingProxy(target: number, random: () => number, cuts: { left: number }): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    let left = cuts.left > 0 ? 200 + Math.floor(random() * 8000) : Infinity;
    const cut = (): void => {
      near.destroy();
      far.destroy();
    };
    const pass = (from: Socket, to: Socket): void => {
      sockets.add(from);
      from.on('error', cut);
      from.on('close', () => {
        sockets.delete(from);
        cut();
      });
      from.on('data', (chunk) => {
        to.write(chunk.subarray(0, left));
        left -= chunk.length;
        if (left > 0 || left + chunk.length <= 0) return;
        cuts.left -= 1;
        from.pause();
        setTimeout(cut, random() < 0.3 ? 20 : 0);
      });
    };
    pass(near, far);
    pass(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

test('every message arrives once and in order at everyone, however often connections break', async () => {
  const server = new HonestServer();
  const target = await server.start();
  const cuts = { left: 60 };
  const random = seededRandom(7);
  const port = await startTearingProxy(target, random, cuts);
  let losses = 0;
  let gaps = 0;
  const clients = ['ada', 'bob', 'eve'].map((nick) => {
    const url = `ws://127.0.0.1:${port}/ws`;
    const client = new ChatClient({ url, credentials: { nick }, clock: hurriedClock, random });
    closers.push(() => client.close());
    const events: MessageEvent[] = [];
    client.on('events', (more) => events.push(...more.filter((event) => event.type === 'message')));
    client.on('state', ({ name }) => (losses += name === 'waiting' ? 1 : 0));
    client.on('gap', () => (gaps += 1));
    client.resumeFrom('dev', 0);
    client.connect();
    return { nick, client, events };
  });

  const messages = 200;
  for (let index = 0; index < messages; index += 1) {
    for (const { nick, client } of clients) client.send('dev', `${nick} ${index}`);
    await nextTurn();
  }
  await pollFor(() => clients.map(({ client }) => client.pending('dev').length), [0, 0, 0]);
  const total = messages * clients.length;
  // What went out late is found when the next event comes, or by the next resume.
  cuts.left = 0;
  expect(server.log).toHaveLength(total);
  clients[0]?.client.send('dev', 'the last one');
  await pollFor(() => clients.map(({ events }) => events.at(-1)?.seq), [total + 1, total + 1, total + 1]);
  // The test has to have tested what it says.
  expect(losses).toBeGreaterThan(30);
  expect(gaps).toBeGreaterThan(30);
  for (const { events } of clients) {
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: total + 1 }, (_, index) => index + 1));
    for (const { nick } of clients) {
      const texts = events
        .filter(({ from, text }) => from.id === nick && text !== 'the last one')
        .map(({ text }) => text);
      expect(texts).toEqual(Array.from({ length: messages }, (_, index) => `${nick} ${index}`));
    }
  }
});
