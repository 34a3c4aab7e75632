import { randomUUID } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { MAX_PAGE_EVENTS } from '@parley/protocol';
import { listen, pollFor } from '@parley/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EventStream } from '../src/http/event-stream.ts';
import { holdNext } from './hold-next.ts';
import { storeOfFile } from './store-of-file.ts';
import { startTestApi, type TestApi } from './start-test-api.ts';

const opened = storeOfFile();
let api: TestApi;
let made = 0;
let streams: Stream[] = [];
const fresh = (what: string): string => `${what}-${(made += 1)}`;

beforeEach(async () => {
  api = await startTestApi(opened.store);
});
afterEach(async () => {
  for (const stream of streams) stream.abort();
  streams = [];
  await api.close();
});

interface Sent {
  id: string;
  data: { seq: number; type: string; text?: string };
}

/** An open stream: what came so far, taken apart as a browser does. */
class Stream {
  readonly response: Response;
  readonly #aborter: AbortController;
  raw = '';
  ended = false;

  private constructor(response: Response, aborter: AbortController) {
    this.response = response;
    this.#aborter = aborter;
    void this.#read();
  }

  static async open(query: string, options: { token?: string; lastEventId?: string } = {}): Promise<Stream> {
    const aborter = new AbortController();
    const headers: Record<string, string> = { accept: 'text/event-stream' };
    if (options.token !== undefined) headers['authorization'] = `Bearer ${options.token}`;
    if (options.lastEventId !== undefined) headers['last-event-id'] = options.lastEventId;
    const response = await fetch(`${api.url}/api/events${query}`, { headers, signal: aborter.signal });
    const stream = new Stream(response, aborter);
    streams.push(stream);
    return stream;
  }

  get events(): Sent[] {
    return [...this.raw.matchAll(/^id: (\d+)\ndata: (.*)\n\n/gm)].map(([, id = '', data = '']) => ({
      id,
      data: JSON.parse(data) as Sent['data'],
    }));
  }

  get seqs(): number[] {
    return this.events.map(({ data }) => data.seq);
  }

  abort(): void {
    this.#aborter.abort();
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of this.response.body ?? []) this.raw += decoder.decode(chunk, { stream: true });
    } catch {
      // Aborted by the test, or cut off by the server: both are ends.
    }
    this.ended = true;
  }
}

/** A figure of /metrics. */
const figure = async (name: string): Promise<string | undefined> =>
  new RegExp(`^${name} (\\d+)$`, 'm').exec((await api.get('/metrics')).body)?.[1];

const newGuest = async () => api.accounts.guest(fresh('guest'));

async function newRoom(kind: 'public' | 'private' = 'public') {
  const { principal, token } = await newGuest();
  const room = fresh('room');
  await api.chat.rooms.create(principal, { room, kind });
  const say = (text: string) => api.chat.send(principal, { room, text, cid: randomUUID() });
  return { room, principal, token, say };
}

describe('GET /api/events', () => {
  test('sends what happens from now on, each event with its seq as id', async () => {
    const { room, say } = await newRoom();
    await say('before');
    const stream = await Stream.open(`?room=${room}`);
    expect(stream.response.status).toBe(200);
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(stream.response.headers.get('cache-control')).toContain('no-cache');
    await say('one\n\ndata: {"forged":true}');
    await say('two');
    const events = await pollFor(
      () => stream.events,
      (all) => all.length === 2,
    );
    expect(events).toMatchObject([
      { id: '3', data: { seq: 3, type: 'message', text: 'one\n\ndata: {"forged":true}' } },
      { id: '4', data: { seq: 4, type: 'message', text: 'two' } },
    ]);
  });

  test('resumes after Last-Event-ID without a gap, while others write', async () => {
    const { room, say } = await newRoom();
    for (let index = 0; index < 450; index += 1) await say(`message ${index}`);
    const writing = (async () => {
      for (let index = 0; index < 50; index += 1) await say(`meanwhile ${index}`);
    })();
    const stream = await Stream.open(`?room=${room}&after=400`, { lastEventId: '7' });
    await writing;
    const expected = Array.from({ length: 501 - 7 }, (_, index) => index + 8);
    const seqs = await pollFor(
      () => stream.seqs,
      (all) => all.at(-1) === 501,
    );
    expect(seqs).toEqual(expected);
  });

  test('0 is everything, and `after` says the same as the header', async () => {
    const { room, say } = await newRoom();
    await say('one');
    const all = await Stream.open(`?room=${room}`, { lastEventId: '0' });
    const later = await Stream.open(`?room=${room}&after=1`);
    await pollFor(() => all.seqs, [1, 2]);
    await pollFor(() => later.seqs, [2]);
  });

  test('follows the lobby when no room is named', async () => {
    const { token } = await newGuest();
    const stream = await Stream.open('');
    const { body } = await api.post('/api/rooms/lobby/messages', { text: 'hello' }, { token });
    await pollFor(() => stream.seqs, [body.seq]);
  });

  test.each(['x', '-1', '1.5', '1 ', '99999999999999999999'])('Last-Event-ID %s is refused', async (lastEventId) => {
    const { status } = (await Stream.open('', { lastEventId: `"${lastEventId}"` })).response;
    expect(status).toBe(400);
  });

  test('a room that is not there is refused with a status, as is a private one for strangers', async () => {
    const { room, token, say } = await newRoom('private');
    const stranger = await newGuest();
    expect((await Stream.open('?room=nowhere')).response.status).toBe(404);
    expect((await Stream.open(`?room=${room}`)).response.status).toBe(404);
    expect((await Stream.open(`?room=${room}`, { token: stranger.token })).response.status).toBe(404);
    const stream = await Stream.open(`?room=${room}`, { token });
    await say('among us');
    await pollFor(() => stream.seqs, [2]);
  });

  test('a member who leaves a private room hears no more of it', async () => {
    const { room, principal, say } = await newRoom('private');
    const guest = await newGuest();
    await api.chat.rooms.invite(principal, room, guest.you.nick);
    await api.chat.rooms.join(guest.principal, room);
    const stream = await Stream.open(`?room=${room}`, { token: guest.token });
    await api.chat.rooms.leave(guest.principal, room);
    await say('not for them');
    await pollFor(() => stream.ended, true);
    expect(stream.raw).not.toContain('not for them');
  });

  /** What a guest is answered who asks for the stream of a room, and leaves it while they are looked up. */
  async function statusOnceLeft(room: string, guest: Awaited<ReturnType<typeof newGuest>>): Promise<number> {
    const membership = holdNext(opened.store.rooms, 'forUser', 'answer');
    const opening = Stream.open(`?room=${room}`, { token: guest.token });
    await membership.held();
    await api.chat.rooms.leave(guest.principal, room);
    membership.release();
    return (await opening).response.status;
  }

  test('a member who leaves a private room while they are looked up is not let in', async () => {
    const { room, principal } = await newRoom('private');
    const guest = await newGuest();
    await api.chat.rooms.invite(principal, room, guest.you.nick);
    await api.chat.rooms.join(guest.principal, room);
    expect(await statusOnceLeft(room, guest)).toBe(404);
    expect(api.chat.feeds.size).toBe(0);
  });

  test('neither is one of a public room that is read by its members only', async () => {
    await api.close();
    api = await startTestApi(opened.store, { publicRead: false });
    const { room } = await newRoom();
    const guest = await newGuest();
    await api.chat.rooms.join(guest.principal, room);
    expect(await statusOnceLeft(room, guest)).toBe(403);
    expect(api.chat.feeds.size).toBe(0);
  });

  test('a sign-out ends the stream, and only that one', async () => {
    const { room, token, principal, say } = await newRoom();
    const own = await Stream.open(`?room=${room}`, { token });
    const other = await Stream.open(`?room=${room}`, { token: (await newGuest()).token });
    const anyone = await Stream.open(`?room=${room}`);
    await api.call('POST', '/api/auth/logout', { token });
    await pollFor(() => own.ended, true);
    await say('still here');
    await pollFor(() => [other.seqs, anyone.seqs], [[2], [2]]);
    expect(principal.guest).toBe(true);
  });

  test('the end of the server ends every stream, and later ones are refused', async () => {
    const stream = await Stream.open('');
    api.api.close();
    await pollFor(() => stream.ended, true);
    expect((await Stream.open('')).response.status).toBe(503);
  });

  test('HEAD is answered with the headers alone, to whoever may follow', async () => {
    const { room, token } = await newRoom('private');
    const { room: other } = await newRoom();
    const stream = await Stream.open(`?room=${other}`);
    const head = (query: string, options = {}) => api.call('HEAD', `/api/events${query}`, options);
    const { status, headers, body } = await head(`?room=${room}`, { token });
    expect({ status, body }).toEqual({ status: 200, body: '' });
    for (const name of ['content-type', 'cache-control', 'x-accel-buffering']) {
      expect(headers.get(name)).toBe(stream.response.headers.get(name));
    }
    expect(await head(`?room=${room}`)).toMatchObject({ status: 404 });
    expect(await figure('parley_event_streams')).toBe('1');
    expect(api.chat.feeds.size).toBe(1);
  });

  test('a reader that goes away is forgotten', async () => {
    const { room } = await newRoom();
    const openStreams = () => figure('parley_event_streams');
    const stream = await Stream.open(`?room=${room}`);
    await pollFor(openStreams, '1');
    stream.abort();
    await pollFor(openStreams, '0');
    await pollFor(() => api.chat.feeds.size, 0);
  });
});

describe('a reader that is gone', () => {
  test('before its stream begins leaves nothing behind', async () => {
    let isOver = false;
    const server = createServer((_, response) => {
      // As after a check that took its time.
      response.once('close', () => {
        const stream = new EventStream({
          response: response as ConstructorParameters<typeof EventStream>[0]['response'],
          userId: undefined,
          source: '192.0.2.1',
          stallMs: 300_000,
          figures: api.metrics,
        });
        void stream.closed.then(() => (isOver = true));
      });
      reader.destroy();
    });
    const { port, close } = await listen(server);
    const reader: Socket = connect(port, '127.0.0.1', () => reader.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'));
    // Without a word it would wait for the next 'close' for ever.
    await pollFor(() => isOver, true);
    await close();
  });

  test('leaves nothing behind of a stream that it asked for behind another one', async () => {
    const rooms = [await newRoom(), await newRoom()];
    const { port } = new URL(api.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => {});
    socket.resume();
    const requests = rooms.map(({ room }) => `GET /api/events?room=${room} HTTP/1.1\r\nHost: a\r\n\r\n`);
    socket.write(requests.join(''));
    await pollFor(() => figure('parley_event_streams'), '1');
    socket.destroy();
    await pollFor(() => figure('parley_event_streams'), '0');
    await pollFor(() => api.chat.feeds.size, 0);
  });
});

describe('a reader that stops reading', () => {
  /** A raw socket that asked for the stream and reads nothing until told to. */
  async function stalledReader(room: string) {
    const { port } = new URL(api.url);
    const socket = connect(Number(port), '127.0.0.1');
    let received = '';
    socket.on('error', () => {});
    await new Promise<void>((resolve) => socket.once('connect', resolve));
    socket.write(`GET /api/events?room=${room} HTTP/1.0\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
    await new Promise<void>((resolve) =>
      socket.once('data', (chunk) => {
        received += chunk.toString();
        resolve();
      }),
    );
    socket.pause();
    return {
      read: () => {
        socket.on('data', (chunk) => (received += chunk.toString()));
        socket.resume();
      },
      ids: () => [...received.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id)),
      isClosed: () => socket.closed,
      socket,
    };
  }

  test('costs bounded memory, delays no one, and gets everything in order when it reads again', async () => {
    const { room, principal } = await newRoom();
    let answer: ServerResponse | undefined;
    api.server.once('request', (_, response) => (answer = response));
    const reader = await stalledReader(room);
    const unsent: number[] = [];
    const text = 'x'.repeat(2000);
    const count = 8000;
    for (let sent = 0; sent < count; sent += 500) {
      await Promise.all(Array.from({ length: 500 }, () => api.chat.send(principal, { room, text, cid: randomUUID() })));
      unsent.push(answer?.writableLength ?? 0);
    }
    // Of 16 MB, of which the kernel takes some.
    expect(Math.max(...unsent)).toBeGreaterThan(0);
    expect(Math.max(...unsent)).toBeLessThanOrEqual(256 * 1024 + MAX_PAGE_EVENTS * 2 * text.length);
    expect(await figure('parley_slow_readers')).toBe('1');
    reader.read();
    await pollFor(
      () => reader.ids().length,
      (length) => length === count,
    );
    expect(reader.ids()).toEqual(Array.from({ length: count }, (_, index) => index + 2));
    await api.chat.send(principal, { room, text: 'live again', cid: randomUUID() });
    await pollFor(() => figure('parley_slow_readers'), '0');
    reader.socket.destroy();
  });

  test('is cut off after STALL_SECONDS', async () => {
    const impatient = await startTestApi(opened.store, { stallSeconds: 1 });
    const patient = api;
    api = impatient;
    const { room, principal } = await newRoom();
    const reader = await stalledReader(room);
    const text = 'x'.repeat(2000);
    await Promise.all(Array.from({ length: 6000 }, () => api.chat.send(principal, { room, text, cid: randomUUID() })));
    await pollFor(() => api.chat.feeds.size, 0);
    await api.close();
    api = patient;
    reader.socket.destroy();
  });
});
