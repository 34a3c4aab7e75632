/** Rooms that are everyone’s, as several people at once see them: made, joined, left, and called something. */
import { tokenOf, youOf } from '@parley/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdNext } from './hold-next.ts';
import { storeOfFile } from './store-of-file.ts';
import { message, startTestCore, type TestCore, uniqueRoom } from './start-test-core.ts';
import { heardNothing } from './heard-nothing.ts';

const opened = storeOfFile();
let core: TestCore;

beforeAll(async () => {
  core = await startTestCore(opened.store, { timing: { pingIntervalMs: 300, pongGraceMs: 200 } });
});
afterAll(() => core.close());

describe('a room', () => {
  it('has its creator in it, with seq 1', async () => {
    const ada = await core.enter();
    const room = uniqueRoom();
    expect(await ada.request({ type: 'room.create', room, title: 'A title', topic: 'A topic' })).toMatchObject({
      type: 'room.joined',
      room: { room, title: 'A title', topic: 'A topic', kind: 'public', lastSeq: 1, unread: 0, members: 1 },
      members: [{ ...youOf(ada), guest: true, online: true }],
      total: 1,
      events: [{ type: 'member.joined', seq: 1, from: youOf(ada) }],
      more: false,
    });
  });

  it('that is called __proto__ is a room as any other: one comes back to it and misses nothing', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const room = '__proto__';
    await ada.request({ type: 'room.create', room });
    await bob.request({ type: 'room.join', room });
    bob.terminate();
    await ada.request(message(room, 'meanwhile'));
    const back = await core.enter({ token: tokenOf(bob), resume: Object.fromEntries([[room, 2]]) });
    expect(await back.next({ type: 'message', room })).toMatchObject({ seq: 3, text: 'meanwhile' });
  });

  it('that exists can not be made again, in any spelling', async () => {
    const ada = await core.enter();
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room });
    for (const name of [room, room.toUpperCase()]) {
      const taken = { code: 'room_exists', message: `The name ${name} is taken.` };
      expect(await ada.request({ type: 'room.create', room: name })).toMatchObject(taken);
    }
    expect(await ada.request({ type: 'room.create', room: 'Lobby' })).toMatchObject({ code: 'room_exists' });
  });

  it('that is public is told to everyone, and listed', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room });
    expect(await bob.next({ type: 'room.created' })).toMatchObject({ room: { room, kind: 'public', member: false } });
    const { rooms } = await bob.request({ type: 'room.list', match: room.slice(2).toUpperCase() });
    expect(rooms).toMatchObject([{ room, member: false }]);
  });

  it('is joined once: again answers the same and adds no event', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room });
    expect(await bob.request({ type: 'room.join', room })).toMatchObject({ room: { lastSeq: 2, members: 2 } });
    expect(await bob.request({ type: 'room.join', room })).toMatchObject({ room: { lastSeq: 2, members: 2 } });
    expect(await ada.next({ type: 'member.joined', seq: 2 })).toMatchObject({ from: youOf(bob) });
  });

  it('is joined as the database has it, whatever has been heard of who is inside', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room });
    const row = await opened.store.rooms.bySlug(room);
    if (row === undefined) throw new Error('There is no room.');
    // As on another replica, whose hints were lost.
    const unheard = (type: 'member.joined' | 'member.left') =>
      opened.store.log.append([{ roomId: row.id, sender: youOf(bob), type }]);
    await unheard('member.joined');
    expect(await bob.request({ type: 'room.join', room })).toMatchObject({ room: { lastSeq: 2, members: 2 } });
    await bob.request({ type: 'room.leave', room });
    expect(await bob.request({ type: 'room.join', room })).toMatchObject({ room: { lastSeq: 4, members: 2 } });
    await unheard('member.left');
    expect(await bob.request({ type: 'room.join', room })).toMatchObject({ room: { lastSeq: 6, members: 2 } });
    expect(bob.unread({ type: 'error' })).toEqual([]);
  });

  it('that is left tells those who stay, and sends nothing more', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room });
    await bob.request({ type: 'room.join', room });
    expect(await bob.request({ type: 'room.leave', room })).toMatchObject({ type: 'ok' });
    expect(await ada.next({ type: 'member.left' })).toMatchObject({ room, seq: 3, from: youOf(bob) });
    await ada.request(message(room));
    await heardNothing(bob, { type: 'message', room });
    expect(await bob.request(message(room))).toMatchObject({ code: 'not_a_member' });
    expect(await bob.request({ type: 'room.leave', room })).toMatchObject({ code: 'not_a_member' });
  });

  it('is live where it was opened while another connection of its reader left it and came back', async () => {
    const [ada, desktop] = [await core.enter(), await core.enter()];
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room });
    await desktop.request({ type: 'room.join', room });
    const phone = await core.enter({ token: tokenOf(desktop) });
    const page = holdNext(opened.store.log, 'page', 'question');
    const membership = holdNext(opened.store.rooms, 'forUser', 'question');
    const opening = phone.request({ type: 'room.join', room });
    await Promise.all([page.held(), membership.held()]);
    await desktop.request({ type: 'room.leave', room });
    await desktop.request({ type: 'room.join', room });
    page.release();
    membership.release();
    expect(await opening).toMatchObject({ type: 'room.joined' });
    const sent = message(room, 'do you hear me?');
    await ada.request(sent);
    await phone.next({ type: 'message', cid: sent.cid });
  });

  it('keeps its members over a disconnect', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room });
    await bob.request({ type: 'room.join', room });
    bob.terminate();
    await ada.next((each) => each.type === 'presence' && each.room === room && each.users?.[0]?.online === false);
    expect(await ada.request({ type: 'room.members', room })).toMatchObject({
      total: 2,
      more: false,
      members: expect.arrayContaining([{ ...youOf(bob), guest: true, online: false }]),
    });
  });

  it('shows its topic to everyone, and the change as an event', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room });
    expect(await bob.request({ type: 'room.topic', room, topic: 'x' })).toMatchObject({ code: 'not_a_member' });
    expect(await ada.request({ type: 'room.topic', room, topic: 'News' })).toMatchObject({ type: 'ok' });
    expect(await ada.next({ type: 'topic.changed' })).toMatchObject({ seq: 2, topic: 'News', from: youOf(ada) });
    expect(await bob.request({ type: 'room.join', room })).toMatchObject({ room: { topic: 'News' } });
  });

  it('called lobby is everyone’s and can not be left', async () => {
    const ada = await core.enter();
    expect(await ada.request(message('lobby'))).toMatchObject({ type: 'ok' });
    expect(await ada.request({ type: 'room.leave', room: 'lobby' })).toMatchObject({ code: 'forbidden' });
    const { members } = await ada.request({ type: 'room.members', room: 'lobby' });
    expect(members).toContainEqual({ ...youOf(ada), guest: true, online: true });
  });
});
