import { type Hint, PRESENCE_INTERVAL_MS, type You } from '@parley/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LocalBus } from './bus.ts';
import { Presence } from './presence.ts';

const LOBBY_ID = '1';
const ROOM_ID = '2';
const ada: You = { id: '7', nick: 'ada', guest: true };
const zed: You = { ...ada, nick: 'zed' };

const closers: (() => unknown)[] = [];
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => {
  for (const close of closers.splice(0)) close();
  vi.useRealTimers();
});

/** Presence in two rooms that are read, and what their readers are told. */
function openPresence() {
  const bus = new LocalBus({ replica: 'here', report: (error) => expect.unreachable(String(error)) });
  const told: Hint[] = [];
  const presence = new Presence({
    bus,
    lobbyId: LOBBY_ID,
    isRead: () => true,
    announce: (roomId, hint) => told.push(hint(roomId)),
  });
  closers.push(
    () => presence.close(),
    () => bus.close(),
  );
  const online = (user: You, replica = 'here'): void =>
    bus.publish({ kind: 'online', replica, user, roomIds: [LOBBY_ID, ROOM_ID] });
  const offline = (replica = 'here'): void => bus.publish({ kind: 'offline', replica, userId: ada.id });
  /** Who the readers of both rooms are told of next. */
  const next = (): Pick<You, 'nick'>[] => {
    vi.advanceTimersByTime(PRESENCE_INTERVAL_MS);
    expect(told).toHaveLength(2);
    const [first, second] = told.splice(0).map((hint) => (hint.type === 'presence' ? hint.users : undefined));
    expect(first).toEqual(second);
    return first ?? [];
  };
  return { bus, presence, online, offline, next, told };
}

const shown = (user: You, isOnline = true) => ({ ...user, online: isOnline });

test('changes are told together, 250 ms after the first of them', () => {
  const { online, offline, told, next } = openPresence();
  online(ada);
  vi.advanceTimersByTime(249);
  online({ ...ada, id: '8', nick: 'eve' });
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(told).toHaveLength(2);
  expect(told.splice(0)[0]).toMatchObject({ users: [{ nick: 'ada' }, { nick: 'eve' }] });
  offline();
  expect(next()).toEqual([shown(ada, false)]);
});

test('whoever comes back at once under another nick is told of in each of their rooms', () => {
  const { online, offline, next } = openPresence();
  online(ada);
  expect(next()).toEqual([shown(ada)]);
  offline();
  online(zed);
  expect(next()).toEqual([shown(zed)]);
});

test('whoever takes another nick at another replica is told of, and is no longer named by the former one', () => {
  const { presence, online, next } = openPresence();
  online(ada);
  next();
  online(zed, 'there');
  expect(next()).toEqual([shown(zed)]);
  expect(presence.first(2)).toEqual([shown(zed)]);
});

test('a replica that still tells of the former nick has not the last word once it is left', () => {
  const { online, offline, next } = openPresence();
  online(ada, 'there');
  next();
  online(zed);
  online(ada, 'there');
  offline('there');
  expect(next()).toEqual([shown(zed)]);
});

test('whoever comes back at once under the same nick, or under it again, is not told of', () => {
  const { bus, online, offline, next } = openPresence();
  const eve: You = { id: '8', nick: 'eve', guest: false };
  online(ada);
  next();
  offline();
  online(ada);
  online(zed);
  online(ada);
  // The announcement to come has someone to tell of.
  bus.publish({ kind: 'online', replica: 'here', user: eve, roomIds: [LOBBY_ID, ROOM_ID] });
  expect(next()).toEqual([shown(eve)]);
});

test('above 200 online, where readers are told a number, another nick is not told of', () => {
  const { bus, online, next, told } = openPresence();
  for (let id = 100; id < 300; id += 1) {
    const user: You = { id: String(id), nick: `n${id}`, guest: true };
    bus.publish({ kind: 'online', replica: 'here', user, roomIds: [LOBBY_ID, ROOM_ID] });
  }
  online(ada);
  next();
  online(zed);
  // In a room of its own, so that there is something to tell.
  bus.publish({ kind: 'online', replica: 'here', user: { id: '9', nick: 'eve', guest: true }, roomIds: ['3'] });
  vi.advanceTimersByTime(PRESENCE_INTERVAL_MS);
  expect(told.map((hint) => ('room' in hint ? hint.room : ''))).toEqual([LOBBY_ID, '3']);
});
