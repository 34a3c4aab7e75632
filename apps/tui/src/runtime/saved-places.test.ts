import { randomBytes } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ChatError } from '@parley/protocol';
import { pollFor } from '@parley/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readScroll, SavedPlaces } from './saved-places.ts';

interface Call {
  readonly method: string | undefined;
  readonly body: unknown;
  readonly authorization: string | undefined;
}

describe('the saved place', () => {
  let calls: Call[];
  /** While this is a list, answers wait in it. */
  let held: ServerResponse[] | undefined;
  let due: { delayMs: number; callback: () => void }[];
  let token: string | undefined;
  let status: number;
  let server: Server;
  let key: string;
  let places: SavedPlaces;

  beforeEach(async () => {
    calls = [];
    held = undefined;
    due = [];
    token = 'token';
    status = 204;
    // One for each test: what is left is known by its address.
    key = randomBytes(32).toString('hex');
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const { method, headers } = request;
        calls.push({ method, body: text === '' ? undefined : JSON.parse(text), authorization: headers.authorization });
        if (held === undefined) response.writeHead(status).end();
        else held.push(response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    places = makePlaces();
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const makePlaces = (): SavedPlaces =>
    new SavedPlaces({
      server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      key,
      headers: {},
      // Stands still: what is due later comes when the test says so.
      clock: {
        now: () => 0,
        after: (delayMs, callback) => {
          const timer = { delayMs, callback };
          due.push(timer);
          return () => void (due.includes(timer) && due.splice(due.indexOf(timer), 1));
        },
      },
      token: () => Promise.resolve(token),
    });

  const calmly = { isSending: false };
  const hasCalls = (count: number): Promise<number> => pollFor(() => calls.length, count);
  const release = (): void => {
    for (const response of held?.splice(0) ?? []) response.writeHead(204).end();
  };

  it('waits while a draft grows, and loses the draft as soon as the message has arrived', async () => {
    places.save({ room: 'dev' }, calmly);
    due[0]?.callback();
    // The same again, while it is on its way.
    places.save({ room: 'dev' }, calmly);
    await hasCalls(1);
    await places.flush();
    expect(due).toHaveLength(0);
    expect(calls).toHaveLength(1);
    places.save({ room: 'dev', draft: 'hel' }, calmly);
    places.save({ room: 'dev', draft: 'hello' }, calmly);
    expect(due).toHaveLength(1);
    due[0]?.callback();
    await hasCalls(2);
    expect(calls[1]?.body).toEqual({ room: 'dev', draft: 'hello' });
    places.save({ room: 'dev', draft: 'hello all' }, calmly);
    // Sent, and already something else is typed.
    places.save({ room: 'dev' }, { isSending: true });
    places.save({ room: 'dev', draft: 'and' }, { isSending: true });
    expect(due.map(({ delayMs }) => delayMs)).toEqual([500]);
    // It has arrived.
    places.save({ room: 'dev', draft: 'and' }, calmly);
    expect(due.map(({ delayMs }) => delayMs)).toEqual([25]);
    due[0]?.callback();
    await hasCalls(3);
    expect(calls[2]?.body).toEqual({ room: 'dev', draft: 'and' });
    await places.flush();
    expect(due).toHaveLength(0);
  });

  it('is saved to the end by whoever leaves while one save is under way and another waits', async () => {
    held = [];
    places.save({ room: 'dev', draft: 'one' }, calmly);
    due[0]?.callback();
    await hasCalls(1);
    places.save({ room: 'dev', draft: 'two' }, calmly);
    due[0]?.callback();
    let hasLeft = false;
    const leaving = places.flush().then(() => (hasLeft = true));
    release();
    await hasCalls(2);
    expect(hasLeft).toBe(false);
    expect(calls[1]?.body).toEqual({ room: 'dev', draft: 'two' });
    release();
    await leaving;
  });

  it('that could not be saved is tried again with whatever happens next, and by whoever leaves', async () => {
    status = 503;
    places.save({ room: 'dev', draft: 'one' }, calmly);
    await places.flush();
    await pollFor(() => places.failures, 1);
    places.save({ room: 'dev', draft: 'one' }, calmly);
    expect(due).toHaveLength(1);
    due[0]?.callback();
    await pollFor(() => places.failures, 2);
    status = 204;
    await places.flush();
    expect(calls.map(({ body }) => body)).toEqual(Array.from({ length: 3 }, () => ({ room: 'dev', draft: 'one' })));
    places.save({ room: 'dev', draft: 'one' }, calmly);
    expect(due).toHaveLength(0);
  });

  it('has the drafts of all rooms, and of too much the newest: no more together than a draft may have', async () => {
    const [kib, half] = ['é'.repeat(512), 'é'.repeat(4096)];
    const drafts = [
      { room: 'ops', text: 'short' },
      { room: 'dev', text: half },
      { room: 'old', text: kib },
    ];
    places.save({ room: 'lobby', draft: half, drafts }, calmly);
    await places.flush();
    const left = 16 * 1024 - 2 * 4096 - 'short'.length;
    const texts = ['short', half.slice(0, Math.floor(left / 2))];
    const kept = [
      { room: 'ops', text: texts[0] },
      { room: 'dev', text: texts[1] },
    ];
    expect(calls[0]?.body).toEqual({ room: 'lobby', draft: half, drafts: kept });
  });

  it('is not there again after its person has left for good', async () => {
    held = [];
    places.save({ room: 'dev' }, calmly);
    due[0]?.callback();
    await hasCalls(1);
    const removed = places.remove(() => Promise.resolve('token')).try();
    expect(calls).toHaveLength(1);
    release();
    await hasCalls(2);
    expect(calls[1]).toEqual({ method: 'DELETE', body: undefined, authorization: 'Bearer token' });
    release();
    await removed;
  });

  it('that is left while nobody can be told is removed as soon as somebody can, and found by nobody until then', async () => {
    status = 503;
    const removal = places.remove(() => Promise.resolve('token'));
    expect(await removal.try()).toMatchObject({ code: 'unavailable' });
    const waits: (number | undefined)[] = [];
    for (let time = 2; time <= 8; time++) {
      waits.push(due[0]?.delayMs);
      due.shift()?.callback();
      await hasCalls(time);
      await pollFor(() => due.length, 1);
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    expect(await makePlaces().find()).toBeUndefined();
    status = 204;
    due.shift()?.callback();
    await removal.done;
    expect(calls.map(({ method }) => method)).toEqual(Array(9).fill('DELETE'));
    expect(due).toHaveLength(0);
    // It can be asked for again.
    await expect(makePlaces().find()).rejects.toThrow('HTTP 204');
  });

  it('that is left late is found by nobody either when someone leaves it after that who has nothing to tell', async () => {
    status = 503;
    const removal = places.remove(() => Promise.resolve('token'));
    await removal.try();
    expect(await places.remove(() => Promise.resolve(undefined)).try()).toBeUndefined();
    expect(await makePlaces().find()).toBeUndefined();
    status = 204;
    await removal.try();
    expect(calls.map(({ method }) => method)).toEqual(['DELETE', 'DELETE']);
    await expect(makePlaces().find()).rejects.toThrow('HTTP 204');
  });

  it.each([401, 404])('that the server answers %i about is left', async (answer) => {
    status = answer;
    expect(await places.remove(() => Promise.resolve('token')).try()).toBeUndefined();
    expect(due).toHaveLength(0);
  });

  it('that is left late is not the one of whoever came next: it goes before that is saved, or stays', async () => {
    status = 503;
    let signOuts = 0;
    const signOut = (): Promise<void> => {
      signOuts += 1;
      return signOuts < 3 ? Promise.reject(new ChatError('unavailable', 'Not now.')) : Promise.resolve();
    };
    const removal = places.remove(() => Promise.resolve('token'), signOut);
    await removal.try();
    status = 204;
    token = 'next';
    const next = makePlaces();
    next.save({ room: 'dev' }, calmly);
    await next.flush();
    const told = (): unknown => calls.map(({ method, authorization }) => `${method} ${authorization}`);
    const before = ['DELETE Bearer token', 'DELETE Bearer token', 'PUT Bearer next'];
    expect([told(), signOuts]).toEqual([before, 1]);
    // The sign-in of before is still revoked; the place is another one's by now.
    for (const timer of due.splice(0)) timer.callback();
    await pollFor(() => signOuts, 2);
    await pollFor(() => due.length, 1);
    due.shift()?.callback();
    await removal.done;
    expect([told(), signOuts]).toEqual([before, 3]);
    await expect(makePlaces().find()).rejects.toThrow('HTTP 204');
  });

  it('is saved again where a sign-out may have taken it along', async () => {
    places.saveAgain();
    expect(due).toHaveLength(0);
    places.save({ room: 'dev' }, calmly);
    await places.flush();
    places.saveAgain();
    due.shift()?.callback();
    await hasCalls(2);
    expect(calls[1]).toEqual(calls[0]);
  });

  it.each([
    [
      { anchor: 7, link: 'dev' },
      { anchor: 7, link: 'dev' },
    ],
    [{ anchor: '7', link: 7 }, {}],
    [{ anchor: 7.5, link: 'dev', later: true }, { link: 'dev' }],
    [undefined, {}],
    [null, {}],
    ['garbage', {}],
    [[7], {}],
  ])('reads of a scroll position %j what it understands: %j', (value, scroll) => {
    expect(readScroll(value)).toEqual(scroll);
  });
});
