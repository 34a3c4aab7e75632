/** What a list shows of others' rooms, however many one person makes, and how often it is read. */
import { foldName, MAX_OWN_ROOMS } from '@parley/protocol';
import { FakeClock, type RawClient, youOf } from '@parley/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RoomList } from '../src/chat/room-list.ts';
import { startTestCore, type TestCore, uniqueRoom } from './start-test-core.ts';
import { storeOfFile } from './store-of-file.ts';

const opened = storeOfFile();
let core: TestCore;

beforeAll(async () => {
  core = await startTestCore(opened.store);
});
afterAll(() => core.close());

const namesOf = ({ rooms }: object & { rooms?: unknown }): string[] =>
  (rooms as { room: string }[]).map(({ room }) => room);
const listOverHttp = async (): Promise<string> => (await fetch(`${core.url}/api/rooms`)).text();
const namesOverHttp = async (): Promise<string[]> => namesOf(JSON.parse(await listOverHttp()) as object);

/** As many rooms as one may make, with names that come before all others; told to nobody. */
async function makeMany(
  creator: RawClient,
  { kind = 'public', words = '' }: { kind?: 'public' | 'private'; words?: string } = {},
): Promise<string[]> {
  const slugs = Array.from({ length: MAX_OWN_ROOMS }, () => `-${uniqueRoom()}`);
  const make = (slug: string) =>
    opened.store.rooms.create({ slug, key: foldName(slug), title: words, topic: words, kind, creator: youOf(creator) });
  const made = await Promise.all(slugs.map(make));
  return made.map((each) => (each === 'exists' ? '' : each.room.id));
}

it('one who makes all the rooms that they may hides none of others, nor do those take more than their part', async () => {
  const [owner, crowd, flooder, visitor] = [
    await core.enter(),
    await core.enter(),
    await core.enter(),
    await core.enter(),
  ];
  const [quiet, lively, left] = [uniqueRoom(), uniqueRoom(), uniqueRoom()];
  for (const room of [quiet, lively, left]) await owner.request({ type: 'room.create', room });
  await crowd.request({ type: 'room.join', room: lively });
  await owner.request({ type: 'room.leave', room: left });
  // Of control codes, which JSON makes six times as long.
  await makeMany(flooder, { words: '\u0001'.repeat(256) });
  // Told to all, so that the list is read anew.
  const last = uniqueRoom();
  await owner.request({ type: 'room.create', room: last });
  for (const names of [await namesOverHttp(), namesOf(await visitor.request({ type: 'room.list' }))]) {
    expect(names[0]).toBe('lobby');
    expect(names).toEqual(expect.arrayContaining([quiet, lively, last]));
    expect(names.indexOf(lively)).toBeLessThan(names.indexOf(quiet));
    expect(names).not.toContain(left);
  }
  expect((await listOverHttp()).length).toBeLessThan(300 * 1024);
  expect(namesOf(await visitor.request({ type: 'room.list', match: left }))).toEqual([left]);
  // Their own they see whole.
  expect(namesOf(await flooder.request({ type: 'room.list' })).length).toBeGreaterThanOrEqual(MAX_OWN_ROOMS + 1);
});

it('one who invites to all the rooms that they may hides neither public rooms nor another’s invitation', async () => {
  const [friend, flooder, victim] = [await core.enter(), await core.enter(), await core.enter()];
  const [open, secret] = [uniqueRoom(), uniqueRoom()];
  await friend.request({ type: 'room.create', room: open });
  await friend.request({ type: 'room.create', room: secret, kind: 'private' });
  await friend.request({ type: 'room.invite', room: secret, nick: youOf(victim).nick });
  const ids = await makeMany(flooder, { kind: 'private', words: '\u0001'.repeat(256) });
  await Promise.all(ids.map((id) => opened.store.rooms.invite(id, youOf(victim).id)));
  const answer = await victim.request({ type: 'room.list' });
  expect(namesOf(answer)).toEqual(expect.arrayContaining(['lobby', open, secret]));
  expect(JSON.stringify(answer).length).toBeLessThan(450 * 1024);
});

it('a room that was made is listed to who has heard of it, however lately others have asked', async () => {
  const [ada, bob] = [await core.enter(), await core.enter()];
  await bob.request({ type: 'room.list' });
  const room = uniqueRoom();
  await ada.request({ type: 'room.create', room });
  await bob.next((each) => each.type === 'room.created' && each.room.room === room);
  expect(namesOf(await bob.request({ type: 'room.list' }))).toContain(room);
});

it('the public part is read once a second, however many ask; what one is in is read for each', async () => {
  const clock = new FakeClock();
  const { rooms } = opened.store;
  let reads = 0;
  const list = new RoomList(
    {
      ownOf: (userId, match) => rooms.ownOf(userId, match),
      invitedTo: (userId, match) => rooms.invitedTo(userId, match),
      publicOnes(match) {
        reads += 1;
        return rooms.publicOnes(match);
      },
    },
    () => clock.now(),
  );
  const [ada, bob] = [await core.enter(), await core.enter()];
  const names = async (client: RawClient) => (await list.listFor(youOf(client).id)).map(({ slug }) => slug);
  await Promise.all([ada, bob, ada, bob].map(names));
  expect(reads).toBe(1);
  const room = uniqueRoom();
  await ada.request({ type: 'room.create', room });
  clock.advance(999);
  expect([(await names(ada)).includes(room), (await names(bob)).includes(room), reads]).toEqual([true, false, 1]);
  clock.advance(1);
  expect([(await names(bob)).includes(room), reads]).toEqual([true, 2]);
  expect((await list.listFor(undefined)).filter(({ slug }) => slug === room)).toHaveLength(1);
  expect((await list.listFor(youOf(ada).id)).filter(({ slug }) => slug === room)).toHaveLength(1);
});

it('a read that fails is told to those who wait for it, and to no others', async () => {
  const { rooms } = opened.store;
  const list = new RoomList({
    ownOf: (userId, match) => rooms.ownOf(userId, match),
    invitedTo: (userId, match) => rooms.invitedTo(userId, match),
    publicOnes: () => (isAway ? Promise.reject(new Error('away')) : rooms.publicOnes()),
  });
  let isAway = true;
  await expect(list.listFor(undefined)).rejects.toThrow('away');
  isAway = false;
  expect((await list.listFor(undefined)).map(({ slug }) => slug)).toContain('lobby');
});
