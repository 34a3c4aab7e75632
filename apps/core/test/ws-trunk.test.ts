/** Trunks: many connections over one WebSocket, as hosts of terminals use them. */
import { makeTicket } from '@parley/service';
import { pollFor } from '@parley/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openTestStore } from './open-test-store.ts';
import { RawTrunk } from './raw-trunk.ts';
import {
  areStalled,
  BULKY_TEXT,
  message,
  sendMany,
  seqsOf,
  startTestCore,
  type TestCore,
  uniqueNick,
  uniqueRoom,
} from './start-test-core.ts';

const SECRET = 'a secret for tests, which is long enough';
const ticketOf = (address: string): Promise<string> => makeTicket(new TextEncoder().encode(SECRET), address);
let opened: Awaited<ReturnType<typeof openTestStore>>;
let core: TestCore;
let ticket: string;
const trunks: RawTrunk[] = [];

async function openTrunk(url = core.url, shown: string | undefined = ticket): Promise<RawTrunk> {
  const trunk = await RawTrunk.open(url, shown);
  trunks.push(trunk);
  return trunk;
}

beforeAll(async () => {
  opened = await openTestStore();
  core = await startTestCore(opened.store, { settings: { JWT_SECRET: SECRET } });
  ticket = await ticketOf('198.51.100.1');
});
afterEach(() => {
  for (const trunk of trunks.splice(0)) trunk.terminate();
  core.dropClients();
});
afterAll(async () => {
  await core.close();
  await opened.close();
});

describe('a trunk', () => {
  it('carries what several channels get alike once, and each gets its own in order', async () => {
    const room = uniqueRoom();
    const writer = await core.enter();
    await writer.request({ type: 'room.create', room });
    const trunk = await openTrunk();
    const channels = [1, 2, 3];
    for (const channel of channels) {
      await trunk.enter(channel);
      await trunk.request(channel, { type: 'room.join', room });
    }
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
    trunk.openChannel(7, 'no ticket');
    trunk.send(99, 'for nobody');
    expect(await Promise.all([1, 2, 6, 7].map((channel) => trunk.closedChannel(channel)))).toEqual([
      4400, 4413, 4400, 4401,
    ]);
    trunk.closeChannel(3);
    trunk.send(3, { type: 'ping', id: 7 });
    expect(await trunk.request(4, { type: 'ping' })).toMatchObject({ type: 'pong' });
    expect(trunk.messages(3).some(({ type }) => type === 'pong')).toBe(false);
    expect([...trunk.closedChannels.keys()].toSorted((a, b) => a - b)).toEqual([1, 2, 6, 7]);
  });

  it('closes a channel that says no hello, and goes on without channels', async () => {
    const hasty = await startTestCore(opened.store, {
      settings: { JWT_SECRET: SECRET },
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
    const next = await pollFor(
      () => core.enter(nick).catch(() => undefined),
      (client) => client !== undefined,
    );
    next?.terminate();
    const other = uniqueNick();
    await trunk.enter(2, other);
    trunk.terminate();
    expect(
      await pollFor(
        () => core.enter(other).catch(() => undefined),
        (client) => client !== undefined,
      ),
    ).toBeDefined();
  });

  it('is for those who show a ticket', async () => {
    await expect(RawTrunk.open(core.url, undefined)).rejects.toThrow('403');
    await expect(RawTrunk.open(core.url, `${ticket}x`)).rejects.toThrow('403');
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

  it('that stops reading is a slow reader in each of its channels, and gets all in order when it reads again', async () => {
    const room = uniqueRoom();
    const writer = await core.enter();
    await writer.request({ type: 'room.create', room });
    const trunk = await openTrunk();
    for (const channel of [1, 2]) {
      await trunk.enter(channel);
      await trunk.request(channel, { type: 'room.join', room });
    }
    trunk.pause();
    await sendMany(writer, room, 3000, BULKY_TEXT);
    expect(await areStalled(core, 2)).toBe(true);
    trunk.resume();
    for (const channel of [1, 2]) {
      await trunk.next(channel, (each) => 'seq' in each && each.seq === 3003);
      const seqs = seqsOf(trunk.messages(channel), room);
      expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, index) => 3003 - seqs.length + 1 + index));
    }
  });

  it('counts its channels by the addresses of their tickets', async () => {
    const settings = { RATE_LIMITS: 'on', JWT_SECRET: SECRET };
    const limited = await startTestCore(opened.store, { settings });
    const trunk = await openTrunk(limited.url);
    for (let channel = 1; channel <= 150; channel += 1) trunk.openChannel(channel);
    await pollFor(() => trunk.closedChannels.size > 0, true);
    expect(new Set(trunk.closedChannels.values())).toEqual(new Set([4429]));
    expect(trunk.closedChannels.size).toBeLessThanOrEqual(50);
    trunk.openChannel(200, await ticketOf('198.51.100.2'));
    trunk.send(200, { type: 'hello', version: 1, nick: uniqueNick() });
    await trunk.next(200, ({ type }) => type === 'welcome');
    await limited.close();
  });

  it('hears in words that the server goes away, and so does each of its channels', async () => {
    const leaving = await startTestCore(opened.store, { settings: { JWT_SECRET: SECRET } });
    const trunk = await openTrunk(leaving.url);
    await Promise.all([trunk.enter(1), trunk.enter(2)]);
    await leaving.close();
    expect([await trunk.closedChannel(1), await trunk.closedChannel(2), await trunk.closed()]).toEqual([
      4503, 4503, 4503,
    ]);
    await expect(RawTrunk.open(leaving.url, ticket)).rejects.toThrow('ECONNREFUSED');
  });
});
