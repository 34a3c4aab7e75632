import type { Hint, You } from '@parley/protocol';
import { pollFor } from '@parley/testkit';
import { afterEach, expect, test } from 'vitest';
import { LocalBus } from './bus.ts';
import { Presence } from './presence.ts';

const LOBBY_ID = '1';
const ROOM_ID = '2';
const ada: You = { id: '7', nick: 'ada', guest: true };
const zed: You = { ...ada, nick: 'zed' };

const closers: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
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
  const next = async (): Promise<Pick<You, 'nick'>[]> => {
    await pollFor(() => told.length, 2);
    const [first, second] = told.splice(0).map((hint) => (hint.type === 'presence' ? hint.users : undefined));
    expect(first).toEqual(second);
    return first ?? [];
  };
  return { bus, presence, online, offline, next, told };
}

const shown = (user: You, isOnline = true) => ({ ...user, online: isOnline });

test('whoever comes back at once under another nick is told of in each of their rooms', async () => {
  const { online, offline, next } = openPresence();
  online(ada);
  expect(await next()).toEqual([shown(ada)]);
  offline();
  online(zed);
  expect(await next()).toEqual([shown(zed)]);
});

test('whoever takes another nick at another replica is told of, and is no longer named by the former one', async () => {
  const { presence, online, next } = openPresence();
  online(ada);
  await next();
  online(zed, 'there');
  expect(await next()).toEqual([shown(zed)]);
  expect(presence.first(2)).toEqual([shown(zed)]);
});

test('a replica that still tells of the former nick has not the last word once it is left', async () => {
  const { online, offline, next } = openPresence();
  online(ada, 'there');
  await next();
  online(zed);
  online(ada, 'there');
  offline('there');
  expect(await next()).toEqual([shown(zed)]);
});

test('whoever comes back at once under the same nick, or under it again, is not told of', async () => {
  const { bus, online, offline, next } = openPresence();
  const eve: You = { id: '8', nick: 'eve', guest: false };
  online(ada);
  await next();
  offline();
  online(ada);
  online(zed);
  online(ada);
  // The announcement to come has someone to tell of.
  bus.publish({ kind: 'online', replica: 'here', user: eve, roomIds: [LOBBY_ID, ROOM_ID] });
  expect(await next()).toEqual([shown(eve)]);
});

test('above 200 online, where readers are told a number, another nick is not told of', async () => {
  const { bus, online, next, told } = openPresence();
  for (let id = 100; id < 300; id += 1) {
    const user: You = { id: String(id), nick: `n${id}`, guest: true };
    bus.publish({ kind: 'online', replica: 'here', user, roomIds: [LOBBY_ID, ROOM_ID] });
  }
  online(ada);
  await next();
  online(zed);
  // In a room of its own, so that there is something to tell.
  bus.publish({ kind: 'online', replica: 'here', user: { id: '9', nick: 'eve', guest: true }, roomIds: ['3'] });
  await pollFor(
    () => told.length,
    (count) => count > 0,
  );
  expect(told.map((hint) => ('room' in hint ? hint.room : ''))).toEqual([LOBBY_ID, '3']);
});
