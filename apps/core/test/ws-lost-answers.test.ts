/** What the database has committed without its answer coming back: whom it concerns hears of it all the same. */
import { StoreUnavailable } from '@parley/store';
import { type RawClient, youOf } from '@parley/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdNext } from './hold-next.ts';
import { storeOfFile } from './store-of-file.ts';
import { message, startTestCore, type TestCore, uniqueNick, uniqueRoom } from './start-test-core.ts';

const opened = storeOfFile();
let core: TestCore;

beforeAll(async () => {
  core = await startTestCore(opened.store, { timing: { pingIntervalMs: 300, pongGraceMs: 200 } });
});
afterAll(() => core.close());

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
