import { randomUUID } from 'node:crypto';
import { makeTicket } from '@parley/service';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { storeOfFile } from './store-of-file.ts';
import { startTestApi, type TestApi } from './start-test-api.ts';

const opened = storeOfFile();
let api: TestApi;
let closed: TestApi;
let made = 0;
const fresh = (what: string): string => `${what}-${(made += 1)}`;

beforeAll(async () => {
  api = await startTestApi(opened.store);
  closed = await startTestApi(opened.store, { publicRead: false });
});
afterAll(async () => {
  await api.close();
  await closed.close();
});

const refusal = (status: number, code: string) => ({
  status,
  body: { error: { code, message: expect.stringMatching(/\S/) } },
});

async function newGuest() {
  const { principal, token } = await api.accounts.guest(fresh('guest'));
  return { principal, token };
}

/** A room with its creator and so many messages; joining was event 1. */
async function newRoom(kind: 'public' | 'private' = 'public', messages = 0) {
  const { principal, token } = await newGuest();
  const room = fresh('room');
  await api.chat.rooms.create(principal, { room, kind });
  for (let index = 1; index <= messages; index += 1) {
    await api.chat.send(principal, { room, text: `message ${index}`, cid: randomUUID() });
  }
  return { room, principal, token };
}

const seqs = (body: { events: { seq?: number }[] }) => body.events.map(({ seq }) => seq);

describe('GET /api/rooms', () => {
  test('lists the lobby and public rooms to anyone, private ones to their members', async () => {
    const shown = await newRoom();
    const hidden = await newRoom('private');
    const names = async (token?: string): Promise<string[]> =>
      (await api.get('/api/rooms', { token })).body.rooms.map(({ room }: { room: string }) => room);
    expect(await names()).toEqual(expect.arrayContaining(['lobby', shown.room]));
    expect(await names()).not.toContain(hidden.room);
    expect(await names(shown.token)).not.toContain(hidden.room);
    expect(await names(hidden.token)).toContain(hidden.room);
  });

  test('is answered 300 times at once for an address, with a token or without', async () => {
    const limited = await startTestApi(opened.store, { rateLimits: true });
    const ask = async (headers: Record<string, string> = {}) => (await limited.get('/api/rooms', { headers })).status;
    const statuses: number[] = [];
    for (let asked = 0; asked < 300; asked += 1) statuses.push(await ask());
    expect(new Set(statuses)).toEqual(new Set([200]));
    const refused = await limited.get('/api/rooms');
    expect(refused).toMatchObject(refusal(429, 'rate_limited'));
    expect(refused.body.error.retryAfterMs).toBe(50);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await ask({ 'x-parley-ticket': await makeTicket(limited.secret, '203.0.113.9') })).toBe(200);
    await limited.close();
  });
});

describe('GET /api/history', () => {
  test('answers the newest page of the lobby when nothing is asked for', async () => {
    const { token } = await newGuest();
    await api.post('/api/rooms/lobby/messages', { text: 'newest' }, { token });
    const { status, body } = await api.get('/api/history?activity=off');
    expect(status).toBe(200);
    expect(body.room).toBe('lobby');
    expect(body.events.at(-1)).toMatchObject({ type: 'message', room: 'lobby', text: 'newest' });
  });

  test('pages back and forth by seq', async () => {
    const { room } = await newRoom('public', 9);
    const page = async (query: string) => (await api.get(`/api/history?room=${room}&activity=off&${query}`)).body;
    const newest = await page('limit=4');
    expect([seqs(newest), newest.more]).toEqual([[7, 8, 9, 10], true]);
    const before = await page('limit=4&before=7');
    expect([seqs(before), before.more]).toEqual([[3, 4, 5, 6], true]);
    const oldest = await page('limit=4&before=3');
    expect([seqs(oldest), oldest.more]).toEqual([[1, 2], false]);
    const after = await page('limit=4&after=2');
    expect([seqs(after), after.more]).toEqual([[3, 4, 5, 6], true]);
    const beyond = await page('after=10');
    expect([seqs(beyond), beyond.more]).toEqual([[], false]);
  });

  test.each([
    'limit=0',
    'limit=201',
    'limit=ten',
    'limit=1.5',
    'limit=-1',
    'before=0',
    'before=x',
    'after=-1',
    'before=5&after=1',
    'before=1&before=2',
    'room=no%20name',
    'room=',
    'activity=maybe',
  ])('refuses %s', async (query) => {
    expect(await api.get(`/api/history?${query}`)).toMatchObject(refusal(400, 'bad_request'));
  });

  test('knows no room that is not there, nor a private one, except for its members', async () => {
    const { room, token } = await newRoom('private', 1);
    const other = await newGuest();
    expect(await api.get('/api/history?room=nowhere')).toMatchObject(refusal(404, 'room_not_found'));
    const hidden = await api.get(`/api/history?room=${room}`);
    expect(hidden).toMatchObject(refusal(404, 'room_not_found'));
    expect(await api.get(`/api/history?room=${room}`, { token: other.token })).toMatchObject({
      status: 404,
      body: hidden.body,
    });
    expect(await api.get(`/api/history?room=${room}`, { token })).toMatchObject({ status: 200 });
  });

  test('merges connects and disconnects by time, each on one page', async () => {
    const { room, principal } = await newRoom('public', 5);
    const { events } = (await api.get(`/api/history?room=${room}&activity=off`)).body;
    const span = Date.parse(events.at(-1).at) - Date.parse(events[0].at);
    const rows = [-60_000, 0, Math.floor(span / 2), span, span + 60_000].map((offset, index) => ({
      at: new Date(Date.parse(events[0].at) + offset),
      userId: principal.id,
      nick: principal.nick,
      kind: index % 2 === 0 ? ('connected' as const) : ('disconnected' as const),
    }));
    await opened.store.activity.record(rows);

    type Entry = { at: string; type: string; from: { id: string }; seq?: number };
    const ofThisTest = (entries: Entry[]) => entries.filter(({ from }) => from.id === principal.id);
    const whole = ofThisTest((await api.get(`/api/history?room=${room}`)).body.events);
    expect(whole.filter(({ seq }) => seq === undefined).map(({ at, type }) => [at, type])).toEqual(
      rows.map(({ at, kind }) => [at.toISOString(), kind]),
    );
    expect(whole.map(({ at }) => at)).toEqual(whole.map(({ at }) => at).toSorted());

    const backwards: Entry[] = [];
    let before = '';
    do {
      const { body } = await api.get(`/api/history?room=${room}&limit=2${before}`);
      backwards.unshift(...ofThisTest(body.events));
      const first = body.events.find(({ seq }: Entry) => seq !== undefined);
      before = body.more ? `&before=${first.seq}` : '';
    } while (before !== '');
    expect(backwards).toEqual(whole);

    const forwards: Entry[] = [];
    let after: number | undefined = 0;
    while (after !== undefined) {
      const { body }: { body: { events: Entry[]; more: boolean } } = await api.get(
        `/api/history?room=${room}&limit=2&after=${after}`,
      );
      forwards.push(...ofThisTest(body.events));
      after = body.more ? body.events.findLast(({ seq }) => seq !== undefined)?.seq : undefined;
    }
    expect(forwards).toEqual(whole);
    expect(ofThisTest((await api.get(`/api/history?room=${room}&after=6`)).body.events)).toEqual([]);
  });

  test('merges the newest 200 connects and disconnects into a page, however many there were', async () => {
    const { room, principal } = await newRoom();
    const at = (index: number): Date => new Date(Date.parse('2001-01-01T00:00:00Z') + index * 1000);
    const rows = Array.from({ length: 201 }, (_, index) => ({
      at: at(index),
      userId: principal.id,
      nick: principal.nick,
      kind: 'connected' as const,
    }));
    await opened.store.activity.record(rows);
    const { body } = await api.get(`/api/history?room=${room}`);
    const merged = body.events.filter(({ seq }: { seq?: number }) => seq === undefined);
    expect(merged.length).toBe(200);
    expect(merged.map((each: { at: string }) => each.at)).not.toContain(at(0).toISOString());
  });
});

describe('POST /api/rooms/:room/messages', () => {
  test('answers where the message is, and the same for the same cid', async () => {
    const { room, token } = await newRoom();
    const cid = randomUUID();
    const body = { text: 'once', cid: cid.toUpperCase() };
    const sent = await api.post(`/api/rooms/${room}/messages`, body, { token });
    expect(sent).toMatchObject({ status: 200, body: { room, seq: 2, at: expect.stringMatching(/Z$/), cid } });
    expect((await api.post(`/api/rooms/${room}/messages`, body, { token })).body).toEqual(sent.body);
    const { events } = (await api.get(`/api/history?room=${room}&activity=off`)).body;
    expect(events).toHaveLength(2);
    expect(events[1]).toMatchObject({ text: 'once', cid, seq: 2, at: sent.body.at });
  });

  test('answers with the room’s name, in whichever spelling it was asked for', async () => {
    const { room, token } = await newRoom();
    const { body } = await api.post(`/api/rooms/${room.toUpperCase()}/messages`, { text: 'x' }, { token });
    expect(body).toMatchObject({ room, seq: 2 });
  });

  test('makes a cid where there is none', async () => {
    const { token } = await newGuest();
    const { body } = await api.post('/api/rooms/lobby/messages', { text: 'x' }, { token });
    expect(body.cid).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('takes a room of any script in the path', async () => {
    const { principal, token } = await newGuest();
    const room = fresh('комната');
    await api.chat.rooms.create(principal, { room, kind: 'public' });
    const path = `/api/rooms/${encodeURIComponent(room)}/messages`;
    expect(await api.post(path, { text: 'привет' }, { token })).toMatchObject({ status: 200, body: { room } });
  });

  test.each([
    ['without a token', 401, 'unauthorized', false, 'lobby', { text: 'x' }],
    ['of white space', 400, 'bad_request', true, 'lobby', { text: ' \n\t\u3000' }],
    ['of U+0000', 400, 'bad_request', true, 'lobby', { text: 'a\0b' }],
    ['of a lone surrogate', 400, 'bad_request', true, 'lobby', { text: '\udfff' }],
    ['of 2,049 bytes', 413, 'too_long', true, 'lobby', { text: 'é'.repeat(1024) + 'x' }],
    ['whose cid is no UUID', 400, 'bad_request', true, 'lobby', { text: 'x', cid: '7' }],
    ['without a text', 400, 'bad_request', true, 'lobby', {}],
    ['to nowhere', 404, 'room_not_found', true, 'nowhere', { text: 'x' }],
    ['to no name', 400, 'bad_request', true, 'no%20name', { text: 'x' }],
  ])('refuses a message %s', async (_, status, code, signedIn, room, body) => {
    const token = signedIn ? (await newGuest()).token : undefined;
    expect(await api.post(`/api/rooms/${room}/messages`, body, { token })).toMatchObject(refusal(status, code));
  });

  test('refuses those who are not in the room; a private one does not exist for them', async () => {
    const { token } = await newGuest();
    const shown = await newRoom();
    const hidden = await newRoom('private');
    const send = (room: string) => api.post(`/api/rooms/${room}/messages`, { text: 'x' }, { token });
    expect(await send(shown.room)).toMatchObject(refusal(403, 'not_a_member'));
    expect(await send(hidden.room)).toMatchObject(refusal(404, 'room_not_found'));
  });

  test('refuses a guest while another one is connected under the nick', async () => {
    const { principal, token } = await newGuest();
    await opened.store.nicks.release(principal.id);
    const other = await api.accounts.enter({ nick: principal.nick });
    api.accounts.holdNick(other.principal);
    const send = () => api.post('/api/rooms/lobby/messages', { text: 'x' }, { token });
    expect(await send()).toMatchObject(refusal(409, 'nick_taken'));
  });
});

describe('PUBLIC_READ=off', () => {
  test.each(['/api/rooms', '/api/history', '/api/history?room=nowhere', '/api/events'])(
    '%s takes a token',
    async (path) => {
      expect(await closed.get(path)).toMatchObject(refusal(401, 'unauthorized'));
    },
  );

  test('with a token everything can be read', async () => {
    const { token } = await newGuest();
    expect(await closed.get('/api/rooms', { token })).toMatchObject({ status: 200 });
    expect(await closed.get('/api/history', { token })).toMatchObject({ status: 200 });
  });

  test('health, metrics and the document stay open', async () => {
    for (const path of ['/api/health', '/metrics', '/api/openapi.json']) {
      expect(await closed.get(path)).toMatchObject({ status: 200 });
    }
  });
});
