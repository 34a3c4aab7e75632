/** What a client may send wrong once it is in: each gets what the protocol says, and nobody else notices. */
import { connect } from 'node:net';
import { pollFor, type RawClient } from '@parley/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { storeOfFile } from './store-of-file.ts';
import { message, startTestCore, type TestCore, uniqueNick, uniqueRoom } from './start-test-core.ts';

const opened = storeOfFile();
let core: TestCore;
let client: RawClient;
let bystander: RawClient;

beforeAll(async () => {
  core = await startTestCore(opened.store);
});
afterAll(() => core.close());
beforeEach(async () => {
  client = await core.enter();
  bystander = await core.enter();
  await bystander.request({ type: 'room.join', room: 'lobby' });
});
// Whatever a test did, the one who stood by can chat on.
afterEach(async () => {
  const { re } = await bystander.request(message('lobby'));
  if (bystander.messages.some((each) => each.type === 'error' && each.re === re))
    throw new Error('A bystander noticed.');
  await bystander.next({ type: 'message' });
  client.terminate();
  bystander.terminate();
});

const badRequests: [string, object][] = [
  ['of an unknown type', { type: 'nonsense' }],
  ['with a type of Object.prototype', { type: 'constructor' }],
  ['without its fields', { type: 'message.send' }],
  ['with fields of another type', { ...message('lobby'), text: 7 }],
  ['of white space', message('lobby', ' \n\t\u3000')],
  ['with U+0000', message('lobby', 'a\0b')],
  ['with a lone surrogate', message('lobby', 'a\uD800b')],
  ['with U+0000 in a field that the server does not know', { ...message('lobby'), color: ['\0'] }],
  ['with a cid that is no UUID', message('lobby', 'hi', 'seven')],
  ['for a room with a name that is none', message('no such room')],
  ['with `before` 0', { type: 'history', room: 'lobby', before: 0 }],
  ['with `before` and `after`', { type: 'history', room: 'lobby', before: 2, after: 1 }],
  ['with `limit` 0', { type: 'history', room: 'lobby', limit: 0 }],
  ['with `limit` 201', { type: 'history', room: 'lobby', limit: 201 }],
  ['with `limit` 1.5', { type: 'history', room: 'lobby', limit: 1.5 }],
  ['with a negative `since`', { type: 'room.join', room: 'lobby', since: -1 }],
  ['to mark what is not there yet', { type: 'read.mark', room: 'lobby', seq: 1_000_000 }],
  ['to create a room with a name that is none', { type: 'room.create', room: 'a/b' }],
  ['to create a room with a name of 65 characters', { type: 'room.create', room: 'x'.repeat(65) }],
  ['to create a direct room', { type: 'room.create', room: '@1' }],
  ['to create a room of an unknown kind', { type: 'room.create', room: 'abc', kind: 'secret' }],
  ['with a topic that is too long', { type: 'room.topic', room: 'lobby', topic: 'x'.repeat(513) }],
];

describe('a request', () => {
  it.each(badRequests)('%s is a bad request, and the connection goes on', async (_, request) => {
    const id = 4711;
    client.send({ ...request, id });
    expect(await client.next({ re: id })).toMatchObject({ type: 'error', code: 'bad_request' });
    expect(await client.request({ type: 'ping' })).toMatchObject({ type: 'pong' });
  });

  it('whose id is no number is a bad request without `re`', async () => {
    for (const id of ['seven', null, [1], { a: 1 }]) {
      client.send({ type: 'ping', id });
      expect(await client.next({ type: 'error' })).not.toHaveProperty('re');
    }
    expect(await client.request({ type: 'ping' })).toMatchObject({ type: 'pong' });
  });

  it('without an id is answered without `re`', async () => {
    client.send({ type: 'ping' });
    expect(await client.next({ type: 'pong' })).not.toHaveProperty('re');
  });

  it('with an id of 0 or a fraction is answered with it', async () => {
    for (const id of [0, 1.5, -3]) {
      client.send({ type: 'ping', id });
      expect(await client.next({ type: 'pong' })).toMatchObject({ re: id });
    }
  });

  it.each(['message.react', 'search'])('%s is reserved', async (type) => {
    const fields = { room: 'lobby', seq: 1, text: 'x', emoji: '👍', on: true };
    expect(await client.request({ type, ...fields })).toMatchObject({ type: 'error', code: 'unavailable' });
  });

  it('with a text over 2,048 bytes is too long, however few its characters', async () => {
    const tooLong = { type: 'error', code: 'too_long' };
    expect(await client.request(message('lobby', 'x'.repeat(2049)))).toMatchObject(tooLong);
    expect(await client.request(message('lobby', '語'.repeat(683)))).toMatchObject(tooLong);
    expect(await client.request(message('lobby', '語'.repeat(682)))).toMatchObject({ type: 'ok' });
  });

  it('for a room that is not there names it', async () => {
    const room = uniqueRoom();
    const notFound = { type: 'error', code: 'room_not_found', message: `There is no room called ${room}.` };
    for (const request of [
      message(room),
      { type: 'room.join', room },
      { type: 'room.leave', room },
      { type: 'room.close', room },
      { type: 'room.members', room },
      { type: 'room.topic', room, topic: 'x' },
      { type: 'room.invite', room, nick: 'ada' },
      { type: 'history', room },
      { type: 'read.mark', room, seq: 0 },
      { type: 'typing', room },
    ]) {
      expect(await client.request(request)).toMatchObject(notFound);
    }
  });

  it('to send without having joined is refused, and nobody sees it', async () => {
    const room = uniqueRoom();
    await bystander.request({ type: 'room.create', room });
    expect(await client.request(message(room))).toMatchObject({ type: 'error', code: 'not_a_member' });
    expect(await bystander.request({ type: 'history', room })).toMatchObject({ events: [{ type: 'member.joined' }] });
  });

  it('may hold control characters and any Unicode, which come back as they were sent', async () => {
    const text = '\u001B[31mred\u009B2J \u202Ertl 👨‍👩‍👧 {bold} \u{10FFFF}\r\n\t e\u0301';
    await client.request({ type: 'room.join', room: 'lobby' });
    await client.request(message('lobby', text));
    expect(await client.next({ type: 'message' })).toMatchObject({ text });
    expect(await bystander.next({ type: 'message', text })).toMatchObject({ text });
  });
});

describe('a frame', () => {
  it.each([
    ['that is not JSON', '{'],
    ['that is an array', '[{"type":"ping"}]'],
    ['that is a string', '"ping"'],
    ['that is null', 'null'],
    ['without a type', '{"id":1}'],
    ['whose type is no string', '{"type":{}}'],
    ['that is binary', Buffer.from('{"type":"ping"}')],
    ['that is empty', ''],
    ['that nests ten thousand deep', `${'['.repeat(10_000)}${']'.repeat(10_000)}`],
  ])('%s closes with 4400', async (_, frame) => {
    client.send(frame);
    expect(await client.closed()).toBe(4400);
  });

  it('over 64 KiB closes with 4413 or 1009', async () => {
    client.send('x'.repeat(65_537));
    expect([4413, 1009]).toContain(await client.closed());
  });

  it('of exactly 64 KiB is read', async () => {
    const frame = JSON.stringify(message('lobby', ''));
    client.send(frame.replace('"text":""', `"text":"${'x'.repeat(65_536 - frame.length)}"`));
    expect(await client.next({ type: 'error' })).toMatchObject({ code: 'too_long' });
  });

  it('of invalid UTF-8 ends the connection', async () => {
    const raw = await rawSocket();
    raw.socket.write(maskedFrame(0x81, Buffer.from([0x22, 0xc3, 0x28, 0x22])));
    await raw.closed;
    expect(raw.closeCode()).toBe(1007);
  });

  it('without a mask ends the connection', async () => {
    const raw = await rawSocket();
    raw.socket.write(Buffer.from([0x81, 2, 0x7b, 0x7d]));
    await raw.closed;
    expect(raw.closeCode()).toBe(1002);
  });
});

describe('a client that is gone', () => {
  it('in the middle of a frame leaves no ghost', async () => {
    const nick = uniqueNick();
    const raw = await rawSocket();
    raw.socket.write(maskedFrame(0x81, Buffer.from(JSON.stringify({ type: 'hello', version: 1, nick }))));
    await bystander.next((each) => each.type === 'presence' && each.users?.some((user) => user.nick === nick) === true);
    raw.socket.write(Buffer.from([0x81, 0xfe, 0x10]));
    raw.socket.resetAndDestroy();
    const left = await bystander.next(
      (each) => each.type === 'presence' && each.users?.some((user) => user.nick === nick && !user.online) === true,
    );
    expect(left).toMatchObject({ room: 'lobby' });
    const { users } = (await bystander.request({ type: 'user.list' })) as unknown as { users: { nick: string }[] };
    expect(users.map((user) => user.nick)).not.toContain(nick);
  });

  it('with requests under way hurts nobody', async () => {
    for (let count = 0; count < 50; count += 1) client.send(message('lobby', `last words ${count}`));
    for (let count = 0; count < 50; count += 1) client.send({ type: 'history', room: 'lobby', id: count });
    client.terminate();
    expect(await bystander.request(message('lobby'))).toMatchObject({ type: 'ok' });
  });
});

/** A frame as a client sends it. */
function maskedFrame(head: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([head, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

/** A socket after the upgrade, for what no WebSocket library would send. */
async function rawSocket() {
  const socket = connect(core.port, '127.0.0.1');
  let received = Buffer.alloc(0);
  socket.on('data', (bytes: Buffer) => (received = Buffer.concat([received, bytes])));
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.write(
    'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`,
  );
  await pollFor(
    () => received.toString(),
    (text) => text.endsWith('\r\n\r\n'),
  );
  return {
    socket,
    closed,
    /** The code in the close frame, the last that came. */
    closeCode: () => {
      const at = received.lastIndexOf(0x88);
      return received.readUInt16BE(at + 2);
    },
  };
}
