/** Presence and typing, as several people at once see them. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { tokenOf, youOf } from '@parley/testkit';
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

describe('presence', () => {
  it('of someone who comes and goes reaches those who read the room', async () => {
    const ada = await core.enter();
    await ada.request({ type: 'room.join', room: 'lobby' });
    const bob = await core.enter();
    const of = (online: boolean) => (each: { type: string; users?: unknown }) =>
      each.type === 'presence' &&
      JSON.stringify(each.users).includes(JSON.stringify({ ...youOf(bob), online, guest: true }));
    expect(await ada.next(of(true))).toMatchObject({ room: 'lobby' });
    bob.close();
    expect(await ada.next(of(false))).toMatchObject({ room: 'lobby' });
  });

  it('of someone who goes while another one’s joining waits for the database is over once that is answered', async () => {
    const [ada, bob, cyd] = [await core.enter(), await core.enter(), await core.enter()];
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room });
    await bob.request({ type: 'room.join', room });
    const members = holdNext(opened.store.rooms, 'members', 'answer');
    const joining = cyd.request({ type: 'room.join', room });
    await members.held();
    bob.terminate();
    const { id } = youOf(bob);
    await ada.next(
      (each) => each.type === 'presence' && each.users?.some((user) => user.id === id && !user.online) === true,
    );
    members.release();
    expect((await joining)['members']).toContainEqual({ ...youOf(bob), guest: true, online: false });
  });

  it('stays while another connection of the user is open', async () => {
    const ada = await core.enter();
    const bob = await core.enter();
    const second = await core.enter({ token: tokenOf(bob) });
    await ada.request({ type: 'room.join', room: 'lobby' });
    bob.terminate();
    second.send(message('lobby', 'still here'));
    await ada.next({ type: 'message', text: 'still here' });
    const { users } = await ada.request({ type: 'user.list' });
    expect(users).toContainEqual({ ...youOf(bob), guest: true, online: true });
  });

  it('of a guest who comes back under a new nick tells it in each of their rooms', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const room = uniqueRoom();
    await ada.request({ type: 'room.join', room: 'lobby' });
    await ada.request({ type: 'room.create', room });
    await bob.request({ type: 'room.join', room });
    const called = (nick: string, where: string) => (each: { type: string; room?: unknown; users?: unknown }) =>
      each.type === 'presence' &&
      each.room === where &&
      JSON.stringify(each.users).includes(JSON.stringify({ ...youOf(bob), nick, online: true, guest: true }));
    await ada.next(called(youOf(bob).nick, room));
    const nick = uniqueNick();
    await core.enter({ token: tokenOf(bob), nick });
    expect(await ada.next(called(nick, 'lobby'))).toMatchObject({ room: 'lobby' });
    expect(await ada.next(called(nick, room))).toMatchObject({ room });
  });

  it('ends for a client that has fallen silent', async () => {
    const ada = await core.enter();
    const silent = await core.enter();
    await ada.request({ type: 'room.join', room: 'lobby' });
    // A paused client answers no pings.
    silent.pause();
    await ada.next(
      (each) =>
        each.type === 'presence' && each.users?.some(({ id, online }) => id === youOf(silent).id && !online) === true,
    );
    expect(ada.isOpen).toBe(true);
  });

  it('is a number above 200 online', async () => {
    const ada = await core.enter();
    const crowd = await Promise.all(Array.from({ length: 201 }, () => core.enter()));
    await ada.request({ type: 'room.join', room: 'lobby' });
    crowd[0]?.terminate();
    const hint = await ada.next((each) => each.type === 'presence' && each.online !== undefined);
    expect(hint).toMatchObject({ room: 'lobby', online: expect.any(Number) });
    expect(hint).not.toHaveProperty('users');
    const list = (await ada.request({ type: 'user.list' })) as unknown as { users: unknown[]; total: number };
    expect(list.users).toHaveLength(200);
    expect(list.total).toBeGreaterThan(200);
    for (const client of crowd) client.terminate();
  });
});

describe('a typing hint', () => {
  /** Stops the clock, so that a slow machine gives nothing back; what is returned lets so many ms pass. */
  function stopTime(): (ms: number) => void {
    let now = performance.now();
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    onTestFinished(() => clock.mockRestore());
    return (ms) => void (now += ms);
  }

  it('reaches those who read the room, but not the user’s own connections, once a second', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const second = await core.enter({ token: tokenOf(ada) });
    for (const client of [ada, bob, second]) await client.request({ type: 'room.join', room: 'lobby' });
    const passTime = stopTime();
    const sayTwice = async (): Promise<void> => {
      for (let count = 0; count < 2; count += 1) ada.send({ type: 'typing', room: 'lobby' });
      await ada.request({ type: 'ping' });
    };
    const hint = { type: 'typing', room: 'lobby', user: youOf(ada) };
    await sayTwice();
    expect(await bob.next({ type: 'typing' })).toEqual(hint);
    passTime(999);
    await sayTwice();
    for (const client of [ada, second, bob]) await heardNothing(client, { type: 'typing' });
    passTime(1);
    await sayTwice();
    expect(await bob.next({ type: 'typing' })).toEqual(hint);
    await heardNothing(bob, { type: 'typing' });
  });

  it('goes out once a second from those who do not read the room, too', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    await bob.request({ type: 'room.join', room: 'lobby' });
    stopTime();
    for (let count = 0; count < 20; count += 1) ada.send({ type: 'typing', room: 'lobby' });
    await ada.request({ type: 'ping' });
    expect(await bob.next({ type: 'typing' })).toEqual({ type: 'typing', room: 'lobby', user: youOf(ada) });
    await heardNothing(bob, { type: 'typing' });
  });
});
