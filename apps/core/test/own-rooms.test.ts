/** How many rooms one may be in, and who hears of a direct room when. */
import { foldName, MAX_OWN_ROOMS } from '@parley/protocol';
import { type RawClient, tokenOf, welcomeOf, youOf } from '@parley/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { heardNothing } from './heard-nothing.ts';
import { holdNext } from './hold-next.ts';
import { message, startTestCore, type TestCore, uniqueNick, uniqueRoom } from './start-test-core.ts';
import { storeOfFile } from './store-of-file.ts';

const opened = storeOfFile();
let core: TestCore;

beforeAll(async () => {
  core = await startTestCore(opened.store);
});
afterAll(() => core.close());

const namesOf = ({ rooms }: object & { rooms?: unknown }): string[] =>
  (rooms as { room: string }[]).map(({ room }) => room);
const roomOf = (answer: object & { room?: unknown }): string => (answer.room as { room: string }).room;
const openDirect = async (opener: RawClient, other: RawClient): Promise<string> =>
  roomOf(await opener.request({ type: 'direct.open', nick: youOf(other).nick }));

describe('who is in as many rooms as there may be', () => {
  const refusal = {
    type: 'error',
    code: 'forbidden',
    message: `You are in ${MAX_OWN_ROOMS} rooms, the most there may be. Leave one and try again.`,
  };

  /** Someone who has made all but one of them. */
  async function enterBusy() {
    const busy = await core.enter();
    const slugs = Array.from({ length: MAX_OWN_ROOMS - 1 }, () => uniqueRoom());
    await Promise.all(
      slugs.map((slug) =>
        opened.store.rooms.create({
          slug,
          key: foldName(slug),
          title: slug,
          topic: '',
          kind: 'private',
          creator: youOf(busy),
        }),
      ),
    );
    return { busy, slugs };
  }

  it('makes, joins and opens no more, until they leave one', async () => {
    const { busy, slugs } = await enterBusy();
    const [ada, bob] = [await core.enter(), await core.enter()];
    const [others, last] = [uniqueRoom(), uniqueRoom()];
    await ada.request({ type: 'room.create', room: others });
    const direct = await openDirect(busy, ada);
    const requests = [
      { type: 'room.create', room: last },
      { type: 'room.join', room: others },
      { type: 'direct.open', nick: youOf(bob).nick },
    ];
    for (const request of requests) expect(await busy.request(request)).toMatchObject(refusal);
    expect(namesOf(await busy.request({ type: 'room.list', match: last }))).toEqual([]);
    // What they are in is theirs, as is the lobby.
    for (const room of [slugs[0], direct, 'lobby']) {
      expect(await busy.request({ type: 'room.join', room })).toMatchObject({ type: 'room.joined' });
    }
    expect(await busy.request({ type: 'direct.open', nick: youOf(ada).nick })).toMatchObject({
      room: { room: direct },
    });
    await busy.request({ type: 'room.leave', room: slugs[0] });
    expect(await busy.request({ type: 'room.join', room: others })).toMatchObject({ type: 'room.joined' });
    expect(await busy.request({ type: 'room.create', room: last })).toMatchObject(refusal);
  });

  it('joins a public room again that they are in, though nobody has seen them there', async () => {
    const { busy } = await enterBusy();
    const room = uniqueRoom();
    await (await core.enter()).request({ type: 'room.create', room });
    const row = await opened.store.rooms.bySlug(room);
    await opened.store.log.append([{ roomId: row?.id ?? '', sender: youOf(busy), type: 'member.joined' }]);
    expect(await busy.request({ type: 'room.join', room })).toMatchObject({ type: 'room.joined' });
  });

  it('is written to all the same, which counts for nothing', async () => {
    const { busy } = await enterBusy();
    const [ada, bob] = [await core.enter(), await core.enter()];
    for (const person of [ada, bob]) {
      const room = await openDirect(person, busy);
      await person.request(message(room, 'psst'));
      await busy.next((each) => each.type === 'room.created' && each.room.room === room);
      expect(await busy.request({ type: 'read.mark', room, seq: 1 })).toMatchObject({ type: 'ok' });
      expect(await busy.request({ type: 'direct.open', nick: youOf(person).nick })).toMatchObject({ room: { room } });
    }
    expect(await busy.request({ type: 'room.create', room: uniqueRoom() })).toMatchObject({ type: 'room.joined' });
    expect(await busy.request({ type: 'room.create', room: uniqueRoom() })).toMatchObject(refusal);
  });
});

describe('a direct room', () => {
  it('is nothing to the other person before someone has written, and told to all of their connections then', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const room = await openDirect(ada, bob);
    await ada.request({ type: 'room.topic', room, topic: 'look here' });
    await heardNothing(bob, (each) => each.type === 'room.created' || each.type === 'room.activity');
    expect(namesOf(await bob.request({ type: 'room.list' }))).not.toContain(room);
    const phone = await core.enter({ token: tokenOf(bob) });
    expect(namesOf(welcomeOf(phone))).not.toContain(room);

    await ada.request(message(room, 'psst'));
    for (const client of [bob, phone]) {
      const created = await client.next((each) => each.type === 'room.created' && each.room.room === room);
      expect(created).toMatchObject({
        room: { kind: 'direct', with: youOf(ada), member: true, unread: 1, lastSeq: 2 },
      });
      expect(await client.next({ type: 'room.activity', room })).toMatchObject({ lastSeq: 2, unread: 1 });
    }
    expect(namesOf(welcomeOf(await core.enter({ token: tokenOf(bob) })))).toContain(room);
    await ada.request(message(room, 'again'));
    for (const client of [bob, phone]) await client.next({ type: 'room.activity', room, lastSeq: 3, unread: 2 });
  });

  it('is told to the opener’s other connections at once', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const phone = await core.enter({ token: tokenOf(ada) });
    const room = await openDirect(ada, bob);
    expect(await phone.next((each) => each.type === 'room.created' && each.room.room === room)).toMatchObject({
      room: { with: youOf(bob), unread: 0 },
    });
  });

  it('is told with its first message to someone whose rooms were read just before it', async () => {
    const nick = uniqueNick();
    const token = tokenOf(await core.enter(nick));
    const ada = await core.enter();
    const { room } = (await ada.request({ type: 'direct.open', nick }))['room'] as { room: string };
    core.dropClients();
    const writer = await core.enter({ token: tokenOf(ada) });
    const bob = await core.open();
    const rooms = holdNext(opened.store.rooms, 'ofUser', 'answer');
    bob.send({ type: 'hello', version: 1, token });
    await rooms.held();
    await writer.request(message(room, 'psst'));
    rooms.release();
    await bob.next((each) => each.type === 'room.created' && each.room.room === room);
    expect(bob.messages[0]).toMatchObject({ type: 'welcome' });
  });

  it('that was opened by a server of before is told with its first message, too', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    // Nobody has told of it here.
    const { slug } = await opened.store.rooms.openDirect(youOf(ada).id, youOf(bob).id);
    await ada.request(message(slug, 'psst'));
    for (const client of [ada, bob]) {
      const created = await client.next((each) => each.type === 'room.created' && each.room.room === slug);
      expect(created).toMatchObject({ room: { lastSeq: 1, member: true } });
    }
  });
});
