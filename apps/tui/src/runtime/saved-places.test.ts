import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
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
  let places: SavedPlaces;

  beforeEach(async () => {
    calls = [];
    held = undefined;
    due = [];
    token = 'token';
    status = 204;
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
    places = new SavedPlaces({
      server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      key: 'a'.repeat(64),
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
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
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
    const removed = places.remove();
    // Signed out meanwhile.
    token = undefined;
    expect(calls).toHaveLength(1);
    release();
    await hasCalls(2);
    expect(calls[1]).toEqual({ method: 'DELETE', body: undefined, authorization: 'Bearer token' });
    release();
    await removed;
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
