/** Trunks: many connections over one WebSocket, as hosts of terminals use them. */
import { makeTicket } from '@parley/service';
import { pollFor, TEST_SECRET } from '@parley/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { storeOfFile } from './store-of-file.ts';
import { RawTrunk } from './raw-trunk.ts';
import {
  areStalled,
  BULKY_TEXT,
  figure,
  message,
  sendMany,
  seqsOf,
  standsStill,
  startTestCore,
  type TestCore,
  uniqueNick,
  uniqueRoom,
} from './start-test-core.ts';

const ticketOf = (address: string): Promise<string> => makeTicket(new TextEncoder().encode(TEST_SECRET), address);
const opened = storeOfFile();
let core: TestCore;
let ticket: string;
const trunks: RawTrunk[] = [];

async function openTrunk(url = core.url, shown: string | undefined = ticket): Promise<RawTrunk> {
  const trunk = await RawTrunk.open(url, shown);
  trunks.push(trunk);
  return trunk;
}

/** A trunk whose channels have joined a new room, and who writes there. */
async function openRoom(channels: readonly number[]) {
  const room = uniqueRoom();
  const writer = await core.enter();
  await writer.request({ type: 'room.create', room });
  const trunk = await openTrunk();
  for (const channel of channels) {
    await trunk.enter(channel);
    await trunk.request(channel, { type: 'room.join', room });
  }
  return { room, writer, trunk };
}

/** Enters as soon as the nick is free. */
const enterOnceFree = (nick: string) =>
  pollFor(
    () => core.enter(nick).catch(() => undefined),
    (client) => client !== undefined,
  );

beforeAll(async () => {
  core = await startTestCore(opened.store, { settings: { JWT_SECRET: TEST_SECRET } });
  ticket = await ticketOf('198.51.100.1');
});
afterEach(() => {
  for (const trunk of trunks.splice(0)) trunk.terminate();
  core.dropClients();
});
afterAll(() => core.close());

describe('a trunk', () => {
  it('carries what several channels get alike once, and each gets its own in order', async () => {
    const channels = [1, 2, 3];
    const { room, writer, trunk } = await openRoom(channels);
    const before = trunk.texts.length;
    await writer.request(message(room, 'to all'));
    for (const channel of channels) {
      await trunk.next(channel, (each) => each.type === 'message' && each.text === 'to all');
    }
    const told = trunk.texts.slice(before).filter(({ text }) => Buffer.from(text).includes('to all'));
    expect(told.map((each) => each.channels)).toEqual([channels]);
    // Its own message and the answer to it, in the order of the protocol.
    await trunk.request(2, message(room, 'from two'));
    await trunk.next(3, (each) => each.type === 'message' && each.text === 'from two');
    for (const channel of channels) {
      const seqs = seqsOf(trunk.messages(channel), room);
      expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, index) => (seqs[0] ?? 0) + index));
      expect(seqs.at(-1)).toBe(6);
    }
  });

  it('is no bond between its channels: each ends alone, for its own reasons', async () => {
    const trunk = await openTrunk();
    await Promise.all([1, 2, 3, 4, 5].map((channel) => trunk.enter(channel)));
    trunk.send(1, 'no json');
    trunk.send(2, 'x'.repeat(65 * 1024));
    trunk.openChannel(6);
    trunk.send(6, { type: 'ping' });
    trunk.send(99, 'for nobody');
    expect(await Promise.all([1, 2, 6].map((channel) => trunk.closedChannel(channel)))).toEqual([4400, 4413, 4400]);
    trunk.closeChannel(3);
    trunk.send(3, { type: 'ping', id: 7 });
    expect(await trunk.request(4, { type: 'ping' })).toMatchObject({ type: 'pong' });
    expect(trunk.messages(3).some(({ type }) => type === 'pong')).toBe(false);
    expect([...trunk.closedChannels.keys()].toSorted((a, b) => a - b)).toEqual([1, 2, 6]);
  });

  it('closes a channel that says no hello, and goes on without channels', async () => {
    const hasty = await startTestCore(opened.store, {
      settings: { JWT_SECRET: TEST_SECRET },
      timing: { helloTimeoutMs: 100 },
    });
    const trunk = await openTrunk(hasty.url);
    trunk.openChannel(1);
    expect(await trunk.closedChannel(1)).toBe(4408);
    await trunk.enter(2);
    await hasty.close();
  });

  it('gives back what its channels held: a nick is free once its channel is closed', async () => {
    const nick = uniqueNick();
    const trunk = await openTrunk();
    await trunk.enter(1, nick);
    await expect(core.enter(nick)).rejects.toThrow('nick_taken');
    trunk.closeChannel(1);
    (await enterOnceFree(nick))?.terminate();
    const other = uniqueNick();
    await trunk.enter(2, other);
    trunk.terminate();
    expect(await enterOnceFree(other)).toBeDefined();
  });

  it('goes on telling all at once, however much was said', async () => {
    const channels = [1, 2, 3];
    const { room, writer, trunk } = await openRoom(channels);
    const before = trunk.texts.length;
    // More than a connection may be behind, if it were behind.
    for (let count = 1; count <= 150; count += 1) await writer.request(message(room, `calm ${count}`));
    await trunk.next(3, (each) => each.type === 'message' && each.text === 'calm 150');
    const told = trunk.texts.slice(before).filter(({ text }) => Buffer.from(text).includes('calm '));
    expect(told.map((each) => each.channels)).toEqual(Array.from({ length: 150 }, () => channels));
  });

  it('serves what is asked of it while several rooms are made up for', async () => {
    const rooms = [uniqueRoom(), uniqueRoom()];
    const writer = await core.enter();
    const trunk = await openTrunk();
    const welcome = await trunk.enter(1);
    for (const room of rooms) {
      await writer.request({ type: 'room.create', room });
      await trunk.request(1, { type: 'room.join', room });
    }
    trunk.closeChannel(1);
    for (const room of rooms) await sendMany(writer, room, 1000, BULKY_TEXT);
    trunk.openChannel(2);
    const resume = Object.fromEntries(rooms.map((room) => [room, 1]));
    const token = 'token' in welcome ? welcome.token : undefined;
    trunk.send(2, { type: 'hello', version: 1, token, resume });
    await trunk.next(2, ({ type }) => type === 'welcome');
    trunk.pause();
    await standsStill(core);
    for (const id of [1, 2, 3]) trunk.send(2, { type: 'ping', id });
    await standsStill(core);
    trunk.resume();
    for (const room of rooms) {
      await trunk.next(2, (each) => 'from' in each && each.room === room && each.seq === 1002);
    }
    await trunk.next(2, (each) => each.type === 'pong' && each.re === 3);
    for (const room of rooms) {
      expect(seqsOf(trunk.messages(2), room)).toEqual(Array.from({ length: 1001 }, (_, index) => index + 2));
    }
  });

  it('keeps nothing of channels whose first frame is refused', async () => {
    await pollFor(() => figure(core, 'parley_connections'), 0);
    const trunk = await openTrunk();
    for (let channel = 1; channel <= 10; channel += 1) {
      trunk.openChannel(channel);
      trunk.send(channel, { type: 'hello', version: 99, nick: 'x' });
    }
    for (let channel = 1; channel <= 10; channel += 1) expect(await trunk.closedChannel(channel)).toBe(4409);
    await pollFor(() => figure(core, 'parley_connections'), 0);
  });

  it('is for those who show a ticket', async () => {
    await expect(RawTrunk.open(core.url, undefined)).rejects.toThrow('403');
    await expect(RawTrunk.open(core.url, `${ticket}x`)).rejects.toThrow('403');
    // One that has run out since counts as none, as it does on a socket.
    const trunk = await openTrunk();
    trunk.openChannel(1, `${ticket}x`);
    trunk.send(1, { type: 'hello', version: 1, nick: uniqueNick() });
    await trunk.next(1, ({ type }) => type === 'welcome');
  });

  it.each([
    ['text', 'hello'],
    ['too short', Uint8Array.from([2, 0, 0])],
    ['of no kind', Uint8Array.from([9, 0, 0, 0, 1])],
    ['a channel twice', Uint8Array.from([1, 0, 0, 0, 1])],
  ])('ends at a frame that is none: %s', async (_, frame) => {
    const trunk = await openTrunk();
    await trunk.enter(1);
    trunk.sendRaw(frame);
    expect(await trunk.closed()).toBe(4400);
  });

  it('closes a channel alone that sends more than is read of it', async () => {
    const trunk = await openTrunk();
    await Promise.all([trunk.enter(1), trunk.enter(2)]);
    for (let count = 0; count < 3000; count += 1) trunk.send(1, { type: 'history', room: 'lobby' });
    expect(await trunk.closedChannel(1)).toBe(4429);
    expect(await trunk.request(2, { type: 'ping' })).toMatchObject({ type: 'pong' });
  });

  it('closes a channel alone that sends more bytes than are read of it', async () => {
    const trunk = await openTrunk();
    await Promise.all([trunk.enter(1), trunk.enter(2)]);
    // Its password keeps the channel busy while the rest comes, far fewer frames than may wait.
    trunk.send(1, { type: 'room.create', room: uniqueRoom(), password: 'opensesame' });
    for (let count = 0; count < 100; count += 1) trunk.send(1, { type: 'ping', padding: 'x'.repeat(60 * 1024) });
    expect(await trunk.closedChannel(1)).toBe(4429);
    expect(await trunk.request(2, { type: 'ping' })).toMatchObject({ type: 'pong' });
  });

  it('that stops reading is a slow reader in each of its channels, and gets all in order when it reads again', async () => {
    const { room, writer, trunk } = await openRoom([1, 2]);
    trunk.pause();
    await sendMany(writer, room, 3000, BULKY_TEXT);
    await pollFor(() => areStalled(core, 2), true);
    trunk.resume();
    for (const channel of [1, 2]) {
      await trunk.next(channel, (each) => 'seq' in each && each.seq === 3003);
      const seqs = seqsOf(trunk.messages(channel), room);
      expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, index) => 3003 - seqs.length + 1 + index));
    }
  });

  it('counts its channels by the addresses of their tickets', async () => {
    const settings = { RATE_LIMITS: 'on', JWT_SECRET: TEST_SECRET };
    const limited = await startTestCore(opened.store, { settings, limitClock: () => 0 });
    const trunk = await openTrunk(limited.url);
    for (let channel = 1; channel <= 150; channel += 1) trunk.openChannel(channel);
    await pollFor(() => trunk.closedChannels.size, 50);
    expect(new Set(trunk.closedChannels.values())).toEqual(new Set([4429]));
    trunk.openChannel(200, await ticketOf('198.51.100.2'));
    trunk.send(200, { type: 'hello', version: 1, nick: uniqueNick() });
    await trunk.next(200, ({ type }) => type === 'welcome');
    await limited.close();
  });

  it('hears in words that the server goes away, and so does each of its channels', async () => {
    const leaving = await startTestCore(opened.store, { settings: { JWT_SECRET: TEST_SECRET } });
    const trunk = await openTrunk(leaving.url);
    await Promise.all([trunk.enter(1), trunk.enter(2)]);
    await leaving.close();
    expect([await trunk.closedChannel(1), await trunk.closedChannel(2), await trunk.closed()]).toEqual([
      4503, 4503, 4503,
    ]);
    await expect(RawTrunk.open(leaving.url, ticket)).rejects.toThrow('ECONNREFUSED');
  });
});
