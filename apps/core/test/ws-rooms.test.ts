/** Rooms, membership and unread messages, as several people at once see them. */
import { StoreUnavailable } from '@parley/store';
import { pollFor, type RawClient, tokenOf, youOf } from '@parley/testkit';
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

describe('a commit whose answer was lost', () => {
  /** What the client asks for is committed, and the connection is cut before the answer. */
  async function requestCut(client: RawClient, request: Parameters<RawClient['request']>[0]): Promise<void> {
    const append = holdNext(opened.store.log, 'append', 'answer');
    const answer = client.request(request);
    await append.held();
    append.fail(new StoreUnavailable('cut', { outcomeUnknown: true }));
    expect(await answer).toMatchObject({ type: 'error', code: 'unavailable' });
  }

  it('is news to members of the room where it is not live', async () => {
    const nick = uniqueNick();
    const [ada, bob] = [await core.enter(), await core.enter(nick)];
    const { room } = (await ada.request({ type: 'direct.open', nick }))['room'] as { room: string };
    await requestCut(ada, message(room, 'psst'));
    expect(await bob.next({ type: 'room.activity', room, lastSeq: 1 })).toMatchObject({
      unread: 1,
    });
  });

  it.each([
    { made: 'a room', method: 'create', request: { type: 'room.create', room: uniqueRoom(), kind: 'private' } },
    { made: 'a conversation', method: 'openDirect', request: { type: 'direct.open' } },
  ] as const)('makes $made that who asked hears of', async ({ method, request }) => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const making = holdNext(opened.store.rooms, method, 'answer');
    const answer = ada.request(request.type === 'direct.open' ? { ...request, nick: youOf(bob).nick } : request);
    await making.held();
    making.fail(new StoreUnavailable('cut', { outcomeUnknown: true }));
    expect(await answer).toMatchObject({ type: 'error', code: 'unavailable' });
    const hint = await ada.next((each) => each.type === 'room.created' && each.room.kind !== 'public');
    expect(hint).toMatchObject({ room: { member: true } });
  });

  it('makes someone a member who hears of the room', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room });
    await requestCut(bob, { type: 'room.join', room });
    await bob.next((each) => each.type === 'room.created' && each.room.room === room && each.room.member === true);
    const { seq } = await ada.request(message(room));
    expect(await bob.next({ type: 'room.activity', room, lastSeq: seq })).toMatchObject({ unread: 1 });
  });
});

describe('unread', () => {
  it('counts messages, not joins, and goes on from the mark', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room });
    await bob.request({ type: 'room.join', room });
    await bob.request({ type: 'room.close', room });
    for (const text of ['one', 'two', 'three']) await ada.request(message(room, text));
    await pollFor(
      () => bob.unread({ type: 'room.activity', room }).at(-1),
      (hint) => hint?.type === 'room.activity' && hint.unread === 3 && hint.lastSeq === 5,
    );
    expect(await bob.request({ type: 'read.mark', room, seq: 4 })).toMatchObject({ type: 'ok' });
    expect(await bob.request({ type: 'read.mark', room, seq: 3 })).toMatchObject({ type: 'ok' });
    expect(await bob.request({ type: 'read.mark', room, seq: 6 })).toMatchObject({ code: 'bad_request' });
    const { rooms } = await bob.request({ type: 'room.list', match: room });
    expect(rooms).toMatchObject([{ room, readSeq: 4, unread: 1, lastSeq: 5, member: true }]);
    await ada.request(message(room, 'four'));
    await bob.next((each) => each.type === 'room.activity' && each.lastSeq === 6 && each.unread === 2);
  });

  it('comes with word of a mention, for whom the messages name', async () => {
    const [ada, bob, cyd] = [await core.enter(), await core.enter(), await core.enter()];
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room });
    for (const reader of [bob, cyd]) {
      await reader.request({ type: 'room.join', room });
      await reader.request({ type: 'room.close', room });
    }
    const { nick } = youOf(bob);
    // A name that begins as another's does is another.
    await ada.request(message(room, `${nick}x, and ${youOf(ada).nick}`));
    await ada.request(message(room, `Well, ${nick.toUpperCase()}: hello.`));
    await ada.request(message(room, 'and goodbye'));
    const end = Number((await ada.request(message(room, 'the end')))['seq']);
    const isLast = { type: 'room.activity', room, lastSeq: end };
    await Promise.all([bob.next(isLast), cyd.next(isLast)]);
    const mentioned = (reader: RawClient): unknown[] =>
      reader.messages.filter((each) => each.type === 'room.activity' && each.room === room && 'mentioned' in each);
    expect(mentioned(bob)).toMatchObject([{ mentioned: true }]);
    expect(mentioned(cyd)).toEqual([]);
    // Told once.
    await ada.request(message(room, 'one more'));
    expect(await bob.next({ type: 'room.activity', room, lastSeq: end + 1 })).toEqual({
      type: 'room.activity',
      room,
      lastSeq: end + 1,
      unread: 5,
    });
  });

  it('says nothing of a mention that was read before the hint, or to a nick of before', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room });
    await bob.request({ type: 'room.join', room });
    await bob.request({ type: 'room.close', room });
    const { nick } = youOf(bob);
    const { seq } = await ada.request(message(room, `${nick}?`));
    await bob.request({ type: 'read.mark', room, seq });
    const { seq: next } = await ada.request(message(room, 'never mind'));
    const hint = await bob.next({ type: 'room.activity', room, lastSeq: next });
    expect(hint).not.toHaveProperty('mentioned');
    const again = await core.enter({ token: tokenOf(bob), nick: uniqueNick() });
    const { seq: last } = await ada.request(message(room, `${nick}, are you gone?`));
    expect(await again.next({ type: 'room.activity', room, lastSeq: last })).not.toHaveProperty('mentioned');
  });

  it('is cleared on the user’s other connections by a hint', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const second = await core.enter({ token: tokenOf(bob) });
    await ada.request({ type: 'room.join', room: 'lobby' });
    const { seq } = await ada.request(message('lobby'));
    await bob.request({ type: 'read.mark', room: 'lobby', seq });
    expect(await second.next({ type: 'read' })).toEqual({ type: 'read', room: 'lobby', seq });
    await heardNothing(bob, { type: 'read' });
    await heardNothing(ada, { type: 'read' });
  });

  it('is told for a room that is not live, and not at all for one that is', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room });
    await bob.request({ type: 'room.join', room });
    await bob.request({ type: 'room.close', room });
    const { seq } = await ada.request(message(room));
    await bob.next({ type: 'room.activity', room, lastSeq: seq });
    expect(ada.messages.filter((each) => each.type === 'room.activity' && each.room === room)).toEqual([]);
  });
});

describe('a message', () => {
  it('sent again with its cid answers the first result, and is there once', async () => {
    const ada = await core.enter();
    const second = await core.enter({ token: tokenOf(ada) });
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room });
    const request = message(room, 'once');
    const first = await ada.request(request);
    for (const client of [ada, second]) {
      const again = await client.request({ ...request, cid: request.cid.toUpperCase() });
      expect(again).toMatchObject({ type: 'ok', seq: first.seq, at: first.at });
    }
    const { events } = await ada.request({ type: 'history', room });
    expect(events).toMatchObject([{ type: 'member.joined' }, { type: 'message', seq: 2, cid: request.cid }]);
  });

  it('may answer a message that is there', async () => {
    const ada = await core.enter();
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room });
    await ada.request(message(room));
    expect(await ada.request({ ...message(room), replyTo: 2 })).toMatchObject({ type: 'ok', seq: 3 });
    expect(await ada.next({ type: 'message', seq: 3 })).toMatchObject({ replyTo: 2 });
    // Seq 1 is a join, 99 is nothing.
    for (const replyTo of [1, 99]) {
      expect(await ada.request({ ...message(room), replyTo })).toMatchObject({ code: 'not_found' });
    }
  });
});
