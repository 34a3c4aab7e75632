/** What is unread in rooms that are not open, who is named there, and what is told of it. */
import { pollFor, type RawClient, tokenOf, youOf } from '@parley/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeOfFile } from './store-of-file.ts';
import { message, startTestCore, type TestCore, uniqueNick, uniqueRoom } from './start-test-core.ts';
import { heardNothing } from './heard-nothing.ts';

const opened = storeOfFile();
let core: TestCore;

beforeAll(async () => {
  core = await startTestCore(opened.store, { timing: { pingIntervalMs: 300, pongGraceMs: 200 } });
});
afterAll(() => core.close());

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
