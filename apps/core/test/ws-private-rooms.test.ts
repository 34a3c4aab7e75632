/** Rooms that are not everyone’s, private and direct ones: who comes in, who hears of them, and who does no longer. */
import { StoreUnavailable } from '@parley/store';
import { tokenOf, youOf } from '@parley/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdNext } from './hold-next.ts';
import { storeOfFile } from './store-of-file.ts';
import { message, startTestCore, type TestCore, uniqueNick, uniqueRoom } from './start-test-core.ts';
import { heardNothing } from './heard-nothing.ts';

const opened = storeOfFile();
let core: TestCore;

beforeAll(async () => {
  core = await startTestCore(opened.store, { timing: { pingIntervalMs: 300, pongGraceMs: 200 } });
});
afterAll(() => core.close());

describe('a private room', () => {
  it('does not exist for others', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room, kind: 'private' });
    const notFound = { type: 'error', code: 'room_not_found', message: `There is no room called ${room}.` };
    for (const request of [
      { type: 'room.join', room },
      { type: 'room.close', room },
      { type: 'room.members', room },
      { type: 'room.topic', room, topic: 'x' },
      { type: 'room.leave', room },
      { type: 'room.invite', room, nick: youOf(bob).nick },
      { type: 'history', room },
      { type: 'read.mark', room, seq: 0 },
      { type: 'typing', room },
      message(room),
    ]) {
      expect(await bob.request(request)).toMatchObject(notFound);
    }
    const { rooms } = await bob.request({ type: 'room.list', match: room });
    expect(rooms).toEqual([]);
    await heardNothing(bob, (each) => each.type === 'room.created' && each.room.room === room);
  });

  it('opens to those who are invited, and who are told', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room, kind: 'private' });
    const nick = youOf(bob).nick.toUpperCase();
    expect(await ada.request({ type: 'room.invite', room, nick })).toMatchObject({ type: 'ok' });
    expect(await bob.next({ type: 'notice' })).toMatchObject({
      text: `${youOf(ada).nick} invites you to ${room}: /join ${room}`,
    });
    expect(await bob.request({ type: 'room.join', room })).toMatchObject({
      type: 'room.joined',
      room: { kind: 'private' },
    });
    expect(await ada.request({ type: 'room.invite', room, nick: uniqueNick() })).toMatchObject({ code: 'not_found' });
    // Who is in it is told nothing.
    expect(await ada.request({ type: 'room.invite', room, nick })).toMatchObject({ type: 'ok' });
    await heardNothing(bob, (each) => each.type === 'notice');
  });

  it('that is left while another connection of its reader enters stays left', async () => {
    const nicks = [uniqueNick(), uniqueNick(), uniqueNick()] as const;
    const [ada, desktop, cyd] = [await core.enter(nicks[0]), await core.enter(nicks[1]), await core.enter(nicks[2])];
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room, kind: 'private' });
    for (const [client, nick] of [
      [desktop, nicks[1]],
      [cyd, nicks[2]],
    ] as const) {
      await ada.request({ type: 'room.invite', room, nick });
      await client.request({ type: 'room.join', room });
      await client.request({ type: 'room.close', room });
    }
    const phone = await core.open();
    const rooms = holdNext(opened.store.rooms, 'ofUser', 'answer');
    phone.send({ type: 'hello', version: 1, token: tokenOf(desktop), resume: { [room]: 0 } });
    await rooms.held();
    await desktop.request({ type: 'room.leave', room });
    rooms.release();
    expect((await phone.next({ type: 'welcome' }))['rooms']).toMatchObject([{ room: 'lobby' }]);
    const { seq } = await ada.request(message(room, 'behind your back'));
    await cyd.next({ type: 'room.activity', room, lastSeq: seq });
    // Of what came before the leaving they may have been told.
    for (const client of [desktop, phone]) await heardNothing(client, { room, type: 'room.activity', lastSeq: seq });
    await heardNothing(phone, { room, type: 'message' });
    const { members } = await ada.request({ type: 'room.join', room });
    expect((members as { nick: string }[]).map(({ nick }) => nick).toSorted()).toEqual([nicks[0], nicks[2]].toSorted());
  });

  it('that someone has left without anyone’s telling is read no further by them, though the database fails meanwhile', async () => {
    const nick = uniqueNick();
    const [ada, bob] = [await core.enter(), await core.enter(nick)];
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room, kind: 'private' });
    await ada.request({ type: 'room.invite', room, nick });
    await bob.request({ type: 'room.join', room });
    const roomId = (await opened.store.rooms.bySlug(room))?.id ?? '';
    // As by a replica that died after the commit; the next message leaves a gap, which the log fills.
    await opened.store.log.append([{ roomId, type: 'member.left', sender: youOf(bob) }]);
    const membership = holdNext(opened.store.rooms, 'forUser', 'question');
    await ada.request(message(room, 'behind your back'));
    await membership.held();
    membership.fail(new StoreUnavailable('cut', { outcomeUnknown: false }));
    expect(await bob.next({ type: 'member.left', room })).toMatchObject({ from: youOf(bob) });
    await ada.request(message(room, 'once more'));
    await ada.next({ type: 'message', room, text: 'once more' });
    await heardNothing(bob, { type: 'message', room });
  });

  it('opens to its password alone', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room, password: 'pässword' });
    for (const password of [undefined, '', 'wrong']) {
      const message = password === undefined ? `${room} needs a password.` : `That is not the password of ${room}.`;
      const refusal = { code: 'wrong_password', message };
      expect(await bob.request({ type: 'room.join', room, password })).toMatchObject(refusal);
    }
    const joined = await bob.request({ type: 'room.join', room, password: 'pa\u0308ssword' });
    expect(joined).toMatchObject({ type: 'room.joined', room: { kind: 'private' } });
    // A member needs no password any more.
    expect(await bob.request({ type: 'room.join', room })).toMatchObject({ type: 'room.joined' });
  });
});

describe('a direct room', () => {
  it('is the same for both, named after the other, and told to the other with the first message', async () => {
    const [ada, bob, eve] = [await core.enter(), await core.enter(), await core.enter()];
    const answer = await ada.request({ type: 'direct.open', nick: youOf(bob).nick });
    const { room } = (answer as unknown as { room: { room: string } }).room;
    expect(answer).toMatchObject({
      type: 'room.joined',
      room: { room: expect.stringMatching(/^@/), kind: 'direct', title: youOf(bob).nick, with: youOf(bob), members: 2 },
    });
    await ada.request(message(room, 'psst'));
    expect(await bob.next({ type: 'room.created' })).toMatchObject({
      room: { room, kind: 'direct', with: youOf(ada), unread: 1 },
    });
    expect(await bob.request({ type: 'direct.open', nick: youOf(ada).nick })).toMatchObject({ room: { room } });
    await ada.request(message(room, 'again'));
    expect(await bob.next({ type: 'message' })).toMatchObject({ room, text: 'again', seq: 2 });
    expect(await eve.request({ type: 'room.join', room })).toMatchObject({ code: 'room_not_found' });
    expect(await eve.request({ type: 'history', room })).toMatchObject({ code: 'room_not_found' });
    expect(await ada.request({ type: 'room.leave', room })).toMatchObject({ code: 'forbidden' });
    expect(await ada.request({ type: 'direct.open', nick: uniqueNick() })).toMatchObject({ code: 'not_found' });
  });

  it('tells someone who has not opened it that there is news', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const { room } = (await ada.request({ type: 'direct.open', nick: youOf(bob).nick })) as unknown as {
      room: { room: string };
    };
    await ada.request(message(room.room, 'one'));
    expect(await bob.next({ type: 'room.activity', room: room.room })).toMatchObject({ lastSeq: 1, unread: 1 });
  });
});
