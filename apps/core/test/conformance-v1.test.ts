/**
 * Protocol version 1, as docs/protocol.md has it, against any server: `PARLEY_URL=http://… npx vitest run` this file.
 * Without PARLEY_URL a core is started for it. Names are new in every run, and rates stay within the default limits.
 */
import { randomUUID } from 'node:crypto';
import { type AnyMessage, RawClient, type RawClientOptions, tokenOf, welcomeOf } from '@parley/testkit';
import { MAX_CLIENT_FRAME_BYTES, type RoomEvent, serverMessageSchema } from '@parley/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openTestStore } from '../../../packages/store/test/databases.ts';
import { message, seqsOf, startTestCore, uniqueNick, uniqueRoom } from './start-test-core.ts';

let url = process.env.PARLEY_URL ?? '';
let stopCore = async (): Promise<void> => {};
beforeAll(async () => {
  if (url !== '') return;
  const opened = await openTestStore();
  const core = await startTestCore(opened.store, { settings: { RATE_LIMITS: 'on' } });
  url = core.url;
  stopCore = async () => {
    await core.close();
    await opened.close();
  };
});
afterAll(() => stopCore());

const clients: RawClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.terminate();
});

async function open(options?: RawClientOptions): Promise<RawClient> {
  const client = await RawClient.open(url, options);
  clients.push(client);
  return client;
}

/** A guest, or whoever the hello says, after welcome. */
async function enter(hello: string | object = uniqueNick()): Promise<RawClient> {
  const client = await RawClient.enter(url, hello);
  clients.push(client);
  return client;
}

const you = (client: RawClient) => welcomeOf(client).you;

/** Makes a room and answers its name. */
async function makeRoom(owner: RawClient, fields: object = {}): Promise<string> {
  const room = uniqueRoom();
  expect(await owner.request({ type: 'room.create', room, ...fields })).toMatchObject({ type: 'room.joined' });
  return room;
}

/** Sends one message after another and answers the seq of the last. */
async function fill(client: RawClient, room: string, count: number): Promise<number> {
  let seq = 0;
  for (let index = 1; index <= count; index += 1) {
    const answer = await client.request(message(room, `message ${index}`));
    expect(answer).toMatchObject({ type: 'ok' });
    seq = Number(answer['seq']);
  }
  return seq;
}

const code = (answer: AnyMessage): unknown => (answer.type === 'error' ? answer['code'] : answer.type);

describe('the handshake', () => {
  test('welcomes a guest with a token, the lobby and the limits', async () => {
    const nick = uniqueNick();
    const client = await open();
    client.send({ type: 'hello', version: 1, nick });
    const welcome = await client.next({ type: 'welcome' });
    expect(welcome).toMatchObject({ version: 1, you: { nick, guest: true }, token: expect.any(String) as string });
    expect(welcome['rooms']).toMatchObject([{ room: 'lobby', kind: 'public' }]);
    expect(welcome['limits']).toMatchObject({
      textBytes: expect.any(Number) as number,
      frameBytes: MAX_CLIENT_FRAME_BYTES,
    });
  });

  test('gives the same user back for the token', async () => {
    const first = await enter();
    const room = await makeRoom(first);
    first.close();
    await first.closed();
    const second = await enter({ token: tokenOf(first) });
    expect(you(second)).toEqual(you(first));
    expect(welcomeOf(second).rooms).toEqual(expect.arrayContaining([expect.objectContaining({ room })]));
  });

  test('lets a guest return under a new nick with the token', async () => {
    const first = await enter();
    first.close();
    await first.closed();
    const nick = uniqueNick();
    const second = await enter({ token: tokenOf(first), nick });
    expect(you(second)).toMatchObject({ id: you(first).id, nick });
  });

  test('refuses a nick in use, in any case, with nick_taken and 4401', async () => {
    const first = await enter();
    const client = await open();
    client.send({ type: 'hello', version: 1, nick: you(first).nick.toUpperCase() });
    expect(await client.next({ type: 'error' })).toMatchObject({ code: 'nick_taken' });
    expect(await client.closed()).toBe(4401);
  });

  test.each([
    ['a forged token', { token: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.' }, 4401],
    ['an empty token', { token: '' }, 4401],
    ['a version that it does not speak', { nick: 'ada', version: 2 }, 4409],
    ['a nick that is no name', { nick: 'a b' }, 4400],
    ['neither token nor nick', {}, 4400],
    ['a resume of the wrong shape', { nick: 'ada', resume: [1] }, 4400],
  ])('refuses %s with an error and the fitting close', async (_, fields, closeCode) => {
    const client = await open();
    client.send({ type: 'hello', version: 1, ...fields });
    expect(await client.next({ type: 'error' })).toMatchObject({ message: expect.any(String) as string });
    expect(await client.closed()).toBe(closeCode);
  });

  test.each([
    ['another request', '{"type":"room.list"}'],
    ['no JSON', 'hello'],
    ['an array', '[{"type":"hello","version":1,"nick":"ada"}]'],
  ])('closes with 4400 when the first frame is %s', async (_, frame) => {
    const client = await open();
    client.send(frame);
    expect(await client.closed()).toBe(4400);
  });

  test('answers a second hello with bad_request', async () => {
    const client = await enter();
    expect(code(await client.request({ type: 'hello', version: 1, nick: uniqueNick() }))).toBe('bad_request');
    expect(code(await client.request({ type: 'ping' }))).toBe('pong');
  });

  test('refuses a foreign Origin before the upgrade', async () => {
    await expect(open({ origin: 'https://evil.example' })).rejects.toThrow('403');
  });

  test('takes the server’s own Origin', async () => {
    expect((await open({ origin: new URL(url).origin })).isOpen).toBe(true);
  });
});

describe('frames after hello', () => {
  test.each(['hello', '5', 'null', '[]', '[{"type":"ping"}]', '{}', '{"type":7}'])(
    '%s closes with 4400',
    async (frame) => {
      const client = await enter();
      client.send(frame);
      expect(await client.closed()).toBe(4400);
    },
  );

  test('a binary frame closes with 4400', async () => {
    const client = await enter();
    client.send(Buffer.from('{"type":"ping"}'));
    expect(await client.closed()).toBe(4400);
  });

  test('a frame over 64 KiB closes with 4413 or 1009', async () => {
    const client = await enter();
    client.send({ type: 'ping', padding: 'x'.repeat(MAX_CLIENT_FRAME_BYTES) });
    expect([4413, 1009]).toContain(await client.closed());
  });

  test('bad requests are answered with bad_request, by id, and never close', async () => {
    const client = await enter();
    const cid = randomUUID();
    const bad: ({ type: string } & Record<string, unknown>)[] = [
      { type: 'room.explode' },
      { type: '__proto__' },
      { type: 'room.join' },
      { type: 'room.join', room: 'a b' },
      { type: 'message.send', room: 'lobby', text: ' \n\t', cid },
      { type: 'message.send', room: 'lobby', text: 'a\0b', cid },
      { type: 'message.send', room: 'lobby', text: '\ud800', cid },
      { type: 'message.send', room: 'lobby', text: 'hi', cid: 'no-uuid' },
      { type: 'message.send', room: 'lobby', text: 5, cid },
      { type: 'history', room: 'lobby', limit: 0 },
      { type: 'history', room: 'lobby', limit: 201 },
      { type: 'history', room: 'lobby', before: 0 },
      { type: 'history', room: 'lobby', before: 3, after: 1 },
      { type: 'read.mark', room: 'lobby', seq: 2 ** 52 },
    ];
    for (const request of bad) {
      expect([request, code(await client.request(request))]).toEqual([request, 'bad_request']);
    }
    client.send({ type: 'ping', id: 'seven' });
    expect(await client.next({ type: 'error' })).not.toHaveProperty('re');
    client.send({ type: 'room.explode', id: 1.5 });
    expect(await client.next({ type: 'error', re: 1.5 })).toMatchObject({ code: 'bad_request' });
  });

  test('a request without id is answered without re', async () => {
    const client = await enter();
    client.send({ type: 'ping' });
    expect(await client.next({ type: 'pong' })).toEqual({ type: 'pong' });
  });

  test('unknown fields are ignored', async () => {
    const client = await enter();
    expect(code(await client.request({ type: 'ping', colour: 'red' }))).toBe('pong');
  });
});

describe('rooms', () => {
  test('are made with their maker in them, by an event with seq 1', async () => {
    const client = await enter();
    const room = uniqueRoom();
    const joined = await client.request({ type: 'room.create', room, title: 'Tea & talk', topic: 'Oolong' });
    expect(joined).toMatchObject({
      type: 'room.joined',
      room: { room, title: 'Tea & talk', topic: 'Oolong', kind: 'public', lastSeq: 1, members: 1 },
      members: [{ ...you(client), online: true }],
      total: 1,
      events: [{ type: 'member.joined', room, seq: 1, from: { id: you(client).id, nick: you(client).nick } }],
      more: false,
    });
  });

  test('are unique by case folding', async () => {
    const client = await enter();
    const room = await makeRoom(client);
    expect(code(await client.request({ type: 'room.create', room: room.toUpperCase() }))).toBe('room_exists');
    expect(await client.request({ type: 'room.join', room: room.toUpperCase() })).toMatchObject({ room: { room } });
  });

  test('that do not exist are room_not_found', async () => {
    const client = await enter();
    const room = uniqueRoom();
    for (const type of ['room.join', 'room.leave', 'room.close', 'room.members', 'history', 'typing.none'].slice(
      0,
      5,
    )) {
      expect([type, code(await client.request({ type, room }))]).toEqual([type, 'room_not_found']);
    }
    expect(code(await client.request(message(room)))).toBe('room_not_found');
  });

  test('are joined once: a second join adds no event', async () => {
    const [owner, guest] = [await enter(), await enter()];
    const room = await makeRoom(owner);
    expect(await guest.request({ type: 'room.join', room })).toMatchObject({ room: { lastSeq: 2 }, total: 2 });
    expect(await guest.request({ type: 'room.join', room })).toMatchObject({
      type: 'room.joined',
      room: { lastSeq: 2 },
    });
    expect(await owner.next({ type: 'member.joined', seq: 2 })).toMatchObject({ room, from: { id: you(guest).id } });
  });

  test('are left by an event, after which one is no member', async () => {
    const [owner, guest] = [await enter(), await enter()];
    const room = await makeRoom(owner);
    await guest.request({ type: 'room.join', room });
    expect(code(await guest.request({ type: 'room.leave', room }))).toBe('ok');
    expect(await owner.next({ type: 'member.left' })).toMatchObject({ seq: 3, from: { id: you(guest).id } });
    expect(code(await guest.request(message(room)))).toBe('not_a_member');
    expect(code(await guest.request({ type: 'room.leave', room }))).toBe('not_a_member');
  });

  test('are listed: public ones and one’s own, filtered by match', async () => {
    const [owner, guest] = [await enter(), await enter()];
    const open = await makeRoom(owner);
    const secret = await makeRoom(owner, { kind: 'private' });
    const namesFor = async (client: RawClient, match?: string): Promise<string[]> => {
      const list = await client.request({ type: 'room.list', ...(match === undefined ? {} : { match }) });
      return (list['rooms'] as { room: string }[]).map(({ room }) => room);
    };
    expect(await namesFor(owner, secret)).toEqual([secret]);
    expect(await namesFor(guest, secret)).toEqual([]);
    expect(await namesFor(guest, open)).toEqual([open]);
  });

  test('that are private do not exist for others', async () => {
    const [owner, guest] = [await enter(), await enter()];
    const room = await makeRoom(owner, { kind: 'private' });
    for (const type of ['room.join', 'history', 'room.members']) {
      expect([type, code(await guest.request({ type, room }))]).toEqual([type, 'room_not_found']);
    }
    expect(code(await guest.request(message(room)))).toMatch(/room_not_found|not_a_member/);
    expect(code(await owner.request({ type: 'room.invite', room, nick: you(guest).nick }))).toBe('ok');
    expect(code(await guest.request({ type: 'room.join', room }))).toBe('room.joined');
  });

  test('with a password are joined with it', async () => {
    const [owner, guest] = [await enter(), await enter()];
    const room = await makeRoom(owner, { kind: 'private', password: 'open sesame' });
    expect(code(await guest.request({ type: 'room.join', room }))).toBe('wrong_password');
    expect(code(await guest.request({ type: 'room.join', room, password: 'sesame' }))).toBe('wrong_password');
    expect(code(await guest.request({ type: 'room.join', room, password: 'open sesame' }))).toBe('room.joined');
  });

  test('between two are opened by nick, the same one from both sides', async () => {
    const [ada, bob, eve] = [await enter(), await enter(), await enter()];
    const opened = await ada.request({ type: 'direct.open', nick: you(bob).nick });
    expect(opened).toMatchObject({ type: 'room.joined', room: { kind: 'direct', members: 2 } });
    const { room } = opened['room'] as { room: string };
    expect(room).toMatch(/^@/);
    expect(await bob.request({ type: 'direct.open', nick: you(ada).nick })).toMatchObject({ room: { room } });
    await ada.request(message(room, 'between us'));
    expect(await bob.next({ type: 'message', room })).toMatchObject({ text: 'between us' });
    expect(code(await eve.request({ type: 'history', room }))).toBe('room_not_found');
    expect(code(await ada.request({ type: 'direct.open', nick: uniqueNick() }))).toBe('not_found');
  });

  test('tell the topic by an event', async () => {
    const client = await enter();
    const room = await makeRoom(client);
    expect(code(await client.request({ type: 'room.topic', room, topic: 'Oolong' }))).toBe('ok');
    expect(await client.next({ type: 'topic.changed' })).toMatchObject({ room, seq: 2, topic: 'Oolong' });
  });

  test('the lobby is everyone’s, without member events', async () => {
    const client = await enter();
    const before = await client.request({ type: 'room.join', room: 'lobby' });
    const answer = await client.request(message('lobby', 'hello'));
    expect(Number(answer['seq'])).toBeGreaterThan((before['room'] as { lastSeq: number }).lastSeq);
    const page = await client.request({ type: 'history', room: 'lobby', limit: 200 });
    expect((page['events'] as RoomEvent[]).filter(({ type }) => type.startsWith('member.'))).toEqual([]);
  });
});

describe('messages', () => {
  test('are answered with their seq and time, and come back to the sender as an event', async () => {
    const client = await enter();
    const room = await makeRoom(client);
    const request = message(room, '  e\u0301 \u001b[31m{red-fg}\u202e 🎉\n');
    const ok = await client.request(request);
    expect(ok).toMatchObject({ type: 'ok', seq: 2, at: expect.stringMatching(/^\d{4}-.*T.*\.\d{3}Z$/) as string });
    expect(await client.next({ type: 'message' })).toMatchObject({
      room,
      seq: 2,
      at: ok['at'],
      text: request.text,
      cid: request.cid,
      from: { id: you(client).id, nick: you(client).nick },
    });
  });

  test('sent again under the same cid answer the same and add nothing', async () => {
    const client = await enter();
    const room = await makeRoom(client);
    const request = message(room);
    const first = await client.request(request);
    const again = await client.request({ ...request, cid: request.cid.toUpperCase(), text: 'something else' });
    expect([again['seq'], again['at']]).toEqual([first['seq'], first['at']]);
    expect(await client.request(message(room))).toMatchObject({ seq: 3 });
  });

  test('of the same cid are one also when they are sent at once, on two connections', async () => {
    const first = await enter();
    const room = await makeRoom(first);
    const second = await enter({ token: tokenOf(first) });
    const request = message(room);
    const answers = await Promise.all([first.request(request), second.request(request), first.request(request)]);
    expect(answers.map((answer) => answer['seq'])).toEqual([2, 2, 2]);
  });

  test('pipelined on one connection keep their order', async () => {
    const client = await enter();
    const room = await makeRoom(client);
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => client.request(message(room, `message ${index}`))),
    );
    expect(answers.map((answer) => answer['seq'])).toEqual(Array.from({ length: 30 }, (_, index) => index + 2));
  });

  test('over the limit in bytes are too_long; at the limit they pass', async () => {
    const client = await enter();
    const room = await makeRoom(client);
    const { textBytes } = welcomeOf(client).limits;
    expect(code(await client.request(message(room, 'é'.repeat(textBytes / 2))))).toBe('ok');
    expect(code(await client.request(message(room, `${'é'.repeat(textBytes / 2)}x`)))).toBe('too_long');
  });

  test('to a room one is not in are not_a_member', async () => {
    const [owner, guest] = [await enter(), await enter()];
    expect(code(await guest.request(message(await makeRoom(owner))))).toBe('not_a_member');
  });

  test('beyond the burst are rate_limited, with the time to wait', async () => {
    const client = await enter();
    const room = await makeRoom(client);
    const answers = await Promise.all(Array.from({ length: 75 }, () => client.request(message(room))));
    // A server may run without limits: then there is no burst to go beyond.
    const limited = answers.filter((answer) => answer.type !== 'ok');
    const refusal = { code: 'rate_limited', retryAfterMs: expect.any(Number) as number };
    expect(limited).toEqual(limited.map(() => expect.objectContaining(refusal) as object));
  });
});

describe('changes of messages', () => {
  test('are told by events, after which history shows the message as it is', async () => {
    const [ada, bob] = [await enter(), await enter()];
    const room = await makeRoom(ada);
    await bob.request({ type: 'room.join', room });
    const seq = await fill(ada, room, 1);
    expect(await ada.request({ type: 'message.edit', room, seq, text: 'edited' })).toMatchObject({ type: 'ok' });
    expect(await bob.next({ type: 'message.edited', room })).toMatchObject({
      seq: seq + 1,
      target: seq,
      text: 'edited',
    });
    const page = { type: 'history', room, before: seq + 1, limit: 1 };
    const now = { seq, text: 'edited', editedAt: expect.any(String) as string };
    expect(await bob.request(page)).toMatchObject({ events: [now] });
    expect(await ada.request({ type: 'message.delete', room, seq })).toMatchObject({ type: 'ok' });
    expect(await bob.next({ type: 'message.deleted', room })).toMatchObject({ seq: seq + 2, target: seq });
    expect(await bob.request(page)).toMatchObject({ events: [{ seq, text: '', deleted: true }] });
    expect(await bob.request({ type: 'history', room, after: seq, limit: 1 })).toMatchObject({
      events: [{ text: '' }],
    });
  });

  test('that change nothing add no event', async () => {
    const ada = await enter();
    const room = await makeRoom(ada);
    const seq = await fill(ada, room, 1);
    const changes = [
      { type: 'message.edit', room, seq, text: 'message 1' },
      { type: 'message.delete', room, seq },
      { type: 'message.delete', room, seq },
    ];
    for (const change of changes) expect(await ada.request(change)).toMatchObject({ type: 'ok' });
    expect(await fill(ada, room, 1)).toBe(seq + 2);
  });

  test('are for the message’s author alone, and for messages that are there', async () => {
    const [ada, bob] = [await enter(), await enter()];
    const room = await makeRoom(ada);
    await bob.request({ type: 'room.join', room });
    const seq = await fill(ada, room, 1);
    for (const type of ['message.edit', 'message.delete']) {
      const change = (of: number) => ({ type, room, seq: of, text: 'x' });
      expect(code(await bob.request(change(seq)))).toBe('forbidden');
      expect(code(await ada.request(change(1)))).toBe('not_found');
      expect(code(await ada.request(change(seq + 9)))).toBe('not_found');
      expect(code(await ada.request(change(0)))).toBe('bad_request');
    }
    await ada.request({ type: 'message.delete', room, seq });
    expect(code(await ada.request({ type: 'message.edit', room, seq, text: 'x' }))).toBe('not_found');
  });
});

describe('history', () => {
  test('pages backwards and forwards, ascending, without a hole', async () => {
    const client = await enter();
    const room = await makeRoom(client);
    const last = await fill(client, room, 9);
    const seqs = async (page: object): Promise<[number[], unknown]> => {
      const answer = await client.request({ type: 'history', room, ...page });
      return [(answer['events'] as RoomEvent[]).map(({ seq }) => seq), answer['more']];
    };
    expect(last).toBe(10);
    expect(await seqs({ limit: 4 })).toEqual([[7, 8, 9, 10], true]);
    expect(await seqs({ before: 7, limit: 4 })).toEqual([[3, 4, 5, 6], true]);
    expect(await seqs({ before: 3, limit: 4 })).toEqual([[1, 2], false]);
    expect(await seqs({ after: 0, limit: 4 })).toEqual([[1, 2, 3, 4], true]);
    expect(await seqs({ after: 8 })).toEqual([[9, 10], false]);
    expect(await seqs({ after: 10 })).toEqual([[], false]);
  });

  test('of a public room can be read without being in it', async () => {
    const [owner, guest] = [await enter(), await enter()];
    const room = await makeRoom(owner);
    expect(await guest.request({ type: 'history', room })).toMatchObject({ events: [{ seq: 1 }] });
  });
});

describe('live rooms', () => {
  test('resume after the last seq seen: what was missed, in order, then what is new', async () => {
    const [writer, reader] = [await enter(), await enter()];
    const room = await makeRoom(writer);
    await reader.request({ type: 'room.join', room });
    reader.terminate();
    await fill(writer, room, 5);
    const back = await enter({ token: tokenOf(reader), resume: { [room]: 3, [uniqueRoom()]: 7 } });
    await fill(writer, room, 1);
    await back.next({ room, seq: 8 });
    expect(seqsOf(back.messages as AnyMessage[], room)).toEqual([4, 5, 6, 7, 8]);
  });

  test('resume from 0 gives everything', async () => {
    const writer = await enter();
    const room = await makeRoom(writer);
    await fill(writer, room, 3);
    const back = await enter({ token: tokenOf(writer), resume: { [room]: 0 } });
    await back.next({ room, seq: 4 });
    expect(seqsOf(back.messages as AnyMessage[], room)).toEqual([1, 2, 3, 4]);
  });

  test('joined with since begin after it', async () => {
    const writer = await enter();
    const room = await makeRoom(writer);
    await fill(writer, room, 4);
    const reader = await enter();
    const joined = await reader.request({ type: 'room.join', room, since: 2 });
    expect((joined['events'] as RoomEvent[]).map(({ seq }) => seq)).toEqual([3, 4, 5, 6]);
    expect(joined['more']).toBe(false);
    await fill(writer, room, 1);
    await reader.next({ room, seq: 7, type: 'message' });
  });

  test('end at room.close: membership stays, and activity takes the place of events', async () => {
    const [writer, reader] = [await enter(), await enter()];
    const room = await makeRoom(writer);
    await reader.request({ type: 'room.join', room });
    expect(code(await reader.request({ type: 'room.close', room }))).toBe('ok');
    await fill(writer, room, 2);
    const activity = await reader.next({ type: 'room.activity', room, lastSeq: 4 });
    expect(activity['unread']).toBe(2);
    expect(reader.unread({ type: 'message' })).toEqual([]);
    expect(code(await reader.request(message(room)))).toBe('ok');
  });

  test('tell who comes online and who goes, and who types', async () => {
    const [ada, bob] = [await enter(), await enter()];
    const room = await makeRoom(ada);
    await bob.request({ type: 'room.join', room });
    const presence = (online: boolean) => (sent: { type: string }) =>
      sent.type === 'presence' &&
      ((sent as { users?: { id: string; online: boolean }[] }).users ?? []).some(
        (user) => user.id === you(bob).id && user.online === online,
      );
    bob.send({ type: 'typing', room });
    expect(await ada.next({ type: 'typing' })).toMatchObject({ room, user: { id: you(bob).id, nick: you(bob).nick } });
    bob.close();
    expect(await ada.next(presence(false))).toMatchObject({ room });
    await enter({ token: tokenOf(bob), resume: { [room]: 2 } });
    expect(await ada.next(presence(true))).toMatchObject({ room });
  });
});

describe('reading', () => {
  test('is marked, never goes back, and is told to one’s other connections', async () => {
    const first = await enter();
    const room = await makeRoom(first);
    await fill(first, room, 3);
    const second = await enter({ token: tokenOf(first) });
    expect(code(await first.request({ type: 'read.mark', room, seq: 4 }))).toBe('ok');
    expect(await second.next({ type: 'read' })).toEqual({ type: 'read', room, seq: 4 });
    expect(code(await first.request({ type: 'read.mark', room, seq: 2 }))).toBe('ok');
    expect(code(await first.request({ type: 'read.mark', room, seq: 5 }))).toBe('bad_request');
    const third = await enter({ token: tokenOf(first) });
    const rooms = welcomeOf(third).rooms;
    expect(rooms).toEqual(
      expect.arrayContaining([expect.objectContaining({ room, readSeq: 4, unread: 0, lastSeq: 4 })]),
    );
  });
});

describe('people', () => {
  test('online are listed', async () => {
    const client = await enter();
    const list = await client.request({ type: 'user.list' });
    expect(list).toMatchObject({ type: 'user.list', total: expect.any(Number) as number });
    expect(Number(list['total'])).toBeGreaterThanOrEqual(1);
  });

  test('of a room are listed, online first', async () => {
    const [owner, guest] = [await enter(), await enter()];
    const room = await makeRoom(owner);
    await guest.request({ type: 'room.join', room });
    const list = await owner.request({ type: 'room.members', room });
    expect(list).toMatchObject({ type: 'room.members', room, total: 2, more: false });
    expect(list['members']).toEqual(expect.arrayContaining([{ ...you(guest), online: true }]));
  });
});

test('everything the server says fits the schemas', async () => {
  const [ada, bob] = [await enter(), await enter()];
  const room = await makeRoom(ada);
  await bob.request({ type: 'room.join', room });
  await ada.request(message(room));
  await ada.request({ type: 'room.topic', room, topic: 'Tea' });
  const direct = (await ada.request({ type: 'direct.open', nick: you(bob).nick }))['room'] as { room: string };
  await ada.request(message(direct.room));
  for (const type of ['room.list', 'user.list', 'ping']) await bob.request({ type });
  await bob.request({ type: 'history', room });
  await bob.next({ type: 'room.created' });
  for (const sent of [...ada.messages, ...bob.messages]) {
    const parsed = serverMessageSchema.safeParse(sent);
    expect([sent, parsed.error?.issues]).toEqual([sent, undefined]);
  }
});
