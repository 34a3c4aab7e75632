/** Rooms by invitation: who may come in, who is told, and who may come back. */
import { youOf } from '@parley/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { heardNothing } from './heard-nothing.ts';
import { startTestCore, type TestCore, uniqueNick, uniqueRoom } from './start-test-core.ts';
import { storeOfFile } from './store-of-file.ts';

const opened = storeOfFile();
let core: TestCore;

beforeAll(async () => {
  core = await startTestCore(opened.store);
});
afterAll(() => core.close());

const namesOf = ({ rooms }: Record<string, unknown>): string[] => (rooms as { room: string }[]).map(({ room }) => room);

/** Someone with an account, who is not here. */
async function register(): Promise<{ nick: string; token: string }> {
  const nick = uniqueNick();
  const response = await fetch(`${core.url}/api/auth/register`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ nick, password: 'correct horse' }),
  });
  const { accessToken } = (await response.json()) as { accessToken: string };
  return { nick, token: accessToken };
}

it('those who were away are told when they come in, and find the room among all others', async () => {
  const [ada, bob] = [await core.enter(), await register()];
  const [first, second] = [uniqueRoom(), uniqueRoom()];
  await ada.request({ type: 'room.create', room: first, kind: 'private' });
  await ada.request({ type: 'room.invite', room: first, nick: bob.nick });
  const once = await core.enter({ token: bob.token });
  expect(await once.next({ type: 'notice' })).toMatchObject({ text: `You are invited to ${first}: /join ${first}` });
  expect(namesOf(await once.request({ type: 'room.list', match: first }))).toEqual([first]);
  expect(namesOf(await ada.request({ type: 'room.list', match: first }))).toEqual([first]);
  once.terminate();
  await ada.request({ type: 'room.create', room: second, kind: 'private' });
  await ada.request({ type: 'room.invite', room: second, nick: bob.nick });
  const twice = await core.enter({ token: bob.token });
  expect(await twice.next({ type: 'notice' })).toMatchObject({
    text: `You are invited to ${second} and ${first}: /rooms lists them.`,
  });
  for (const room of [first, second]) await twice.request({ type: 'room.join', room });
  const inside = await core.enter({ token: bob.token });
  await heardNothing(inside, { type: 'notice' });
});

it('those who come back to their rooms were told already', async () => {
  const [ada, bob] = [await core.enter(), await register()];
  const room = uniqueRoom();
  await ada.request({ type: 'room.create', room, kind: 'private' });
  await ada.request({ type: 'room.invite', room, nick: bob.nick });
  const back = await core.enter({ token: bob.token, resume: { lobby: 0 } });
  expect(namesOf(await back.request({ type: 'room.list', match: room }))).toEqual([room]);
  await heardNothing(back, { type: 'notice' });
});

it('others find no room that they are not invited to', async () => {
  const [ada, bob] = [await core.enter(), await core.enter()];
  const room = uniqueRoom();
  await ada.request({ type: 'room.create', room, kind: 'private' });
  expect(namesOf(await bob.request({ type: 'room.list', match: room }))).toEqual([]);
});

it('the last one to leave may come back, and nobody who left before', async () => {
  const [ada, bob] = [await core.enter(), await core.enter()];
  const room = uniqueRoom();
  await ada.request({ type: 'room.create', room, kind: 'private' });
  await ada.request({ type: 'room.invite', room, nick: youOf(bob).nick });
  await bob.request({ type: 'room.join', room });
  await ada.request({ type: 'room.leave', room });
  await bob.request({ type: 'room.leave', room });
  expect(await ada.request({ type: 'room.join', room })).toMatchObject({ code: 'room_not_found' });
  expect(await bob.request({ type: 'room.join', room })).toMatchObject({ type: 'room.joined' });
});

it('the last one to leave a room with a password needs it again', async () => {
  const ada = await core.enter();
  const room = uniqueRoom();
  await ada.request({ type: 'room.create', room, password: 'pässword' });
  await ada.request({ type: 'room.leave', room });
  expect(await ada.request({ type: 'room.join', room })).toMatchObject({ code: 'wrong_password' });
});
