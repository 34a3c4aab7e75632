/** To those outside, a room that is not public answers as one that is not there: by code, by words, by spelling. */
import { tokenOf } from '@parley/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { message, startTestCore, type TestCore, uniqueRoom } from './start-test-core.ts';
import { storeOfFile } from './store-of-file.ts';

const opened = storeOfFile();
let core: TestCore;

beforeAll(async () => {
  core = await startTestCore(opened.store);
});
afterAll(() => core.close());

it.each([
  { type: 'room.join' },
  { type: 'room.join', password: 'opensesame' },
  { type: 'room.join', since: 0 },
  { type: 'room.close' },
  { type: 'room.leave' },
  { type: 'room.members' },
  { type: 'room.topic', topic: 'tea' },
  { type: 'room.invite', nick: 'someone' },
  { type: 'history' },
  { type: 'read.mark', seq: 1 },
  { type: 'typing' },
  { ...message(''), text: 'knock' },
])('$type of a private room is refused as of none', async (request) => {
  const [owner, eve] = [await core.enter(), await core.enter()];
  const [asked, none] = [uniqueRoom(), uniqueRoom()];
  await owner.request({ type: 'room.create', room: asked.toUpperCase(), kind: 'private' });
  const there = await eve.request({ ...request, room: asked });
  const { message: words } = await eve.request({ ...request, room: none });
  expect(there).toMatchObject({ code: 'room_not_found', message: `There is no room called ${asked}.` });
  expect(words).toBe(`There is no room called ${none}.`);
});

it('history over HTTP is refused as of none', async () => {
  const owner = await core.enter();
  const asked = uniqueRoom();
  await owner.request({ type: 'room.create', room: asked.toUpperCase(), kind: 'private' });
  const eve = tokenOf(await core.enter());
  const paths = [`/api/history?room=${asked}`, `/api/events?room=${asked}`];
  const viewers = [{}, { authorization: `Bearer ${eve}` }];
  for (const [path, headers] of paths.flatMap((path) => viewers.map((headers) => [path, headers] as const))) {
    const { error } = (await (await fetch(`${core.url}${path}`, { headers })).json()) as { error: object };
    expect(error).toEqual({ code: 'room_not_found', message: `There is no room called ${asked}.` });
  }
});

it('a room with a password is called as one asked for it', async () => {
  const [owner, eve] = [await core.enter(), await core.enter()];
  const asked = uniqueRoom();
  await owner.request({ type: 'room.create', room: asked.toUpperCase(), password: 'opensesame' });
  const join = { type: 'room.join', room: asked };
  expect(await eve.request(join)).toMatchObject({ message: `${asked} needs a password.` });
  const words = `That is not the password of ${asked}.`;
  expect(await eve.request({ ...join, password: 'guess' })).toMatchObject({ message: words });
});
