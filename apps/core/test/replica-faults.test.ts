/** Replicas while Redis is lost: nothing is lost or doubled, at worst it is late. */
import { foldName } from '@parley/protocol';
import { openStore } from '@parley/store';
import { failOnLeaks, pollFor, tokenOf, youOf } from '@parley/testkit';
import { expect, test } from 'vitest';
import { message, sendMany, uniqueNick, uniqueRoom } from './start-test-core.ts';
import { onlineIn, pollOnline, replicasOfTest, seeHintCross } from './start-replicas.ts';

failOnLeaks();
const replicas = replicasOfTest();

test('Redis that dies and comes back empty costs delays only', async () => {
  const { set, room, nicks, ada, bob, crossing, seeNothingMissing } = await replicas.startTwo();
  await crossing();
  await set.redis.kill();
  // By the comparison of the logs.
  for (let round = 0; round < 2; round += 1) await crossing();
  await Promise.all([sendMany(ada, room, 150, 'from here'), sendMany(bob, room, 150, 'from there')]);
  const cyd = await set.at(1).enter(uniqueNick());
  await cyd.request({ type: 'room.join', room });
  await set.redis.restart();

  await seeHintCross(ada, bob, room);
  // Whoever came while Redis was away is told of, and nobody was thought to be gone.
  await pollOnline(ada, room, [...nicks, youOf(cyd).nick]);
  seeNothingMissing();
});

test('a direct room that was opened while Redis was away is known to both when it is back', async () => {
  const { set, nicks, ada, bob } = await replicas.startTwo();
  await set.redis.kill();
  const [, bobNick] = nicks;
  const { room } = (await ada.request({ type: 'direct.open', nick: bobNick }))['room'] as { room: string };
  await ada.request(message(room, 'psst'));
  await set.redis.restart();
  const isDirect = (each: object): boolean => JSON.stringify(each).includes(`"room":"${room}"`);
  const told = await bob.next((each) => each.type === 'room.created' && isDirect(each));
  expect(told['room']).toMatchObject({ kind: 'direct', unread: 1, member: true });
});

test('a direct room whose opening nobody was told of is known after some seconds', async () => {
  const { set, nicks, bob } = await replicas.startTwo();
  // As by a replica that was killed right after the commit.
  const store = await openStore({ url: set.database.url, dataDir: '', replica: 'test', poolSize: 1 });
  const ids = await Promise.all(nicks.map(async (nick) => (await store.nicks.holder(foldName(nick)))?.userId ?? ''));
  const { slug } = await store.rooms.openDirect(ids[1] ?? '', ids[0] ?? '');
  await store.close();
  const isDirect = (each: object): boolean => JSON.stringify(each).includes(`"room":"${slug}"`);
  const told = await bob.next((each) => each.type === 'room.created' && isDirect(each));
  expect(told['room']).toMatchObject({ kind: 'direct', member: true });
});

test('a private room that was left while Redis was away is left for everyone when it is back', async () => {
  const { set, nicks, ada, bob } = await replicas.startTwo();
  const [adaNick, bobNick] = nicks;
  const room = uniqueRoom();
  const cydNick = uniqueNick();
  const cyd = await set.at(1).enter(cydNick);
  await ada.request({ type: 'room.create', room, kind: 'private' });
  for (const [client, nick] of [
    [bob, bobNick],
    [cyd, cydNick],
  ] as const) {
    await ada.request({ type: 'room.invite', room, nick });
    await client.request({ type: 'room.join', room });
  }
  const desktop = await set.at(0).enter({ token: tokenOf(bob) });
  await pollOnline(ada, room, [...nicks, cydNick]);
  await bob.request({ type: 'room.close', room });
  await set.redis.kill();
  await desktop.request({ type: 'room.leave', room });
  await set.redis.restart();
  await cyd.request({ type: 'room.close', room });
  const toldBob = async (): Promise<number> => {
    const { seq } = await ada.request(message(room, 'behind your back'));
    await cyd.next({ type: 'room.activity', room, lastSeq: seq });
    await bob.request({ type: 'ping' });
    return bob.unread({ type: 'room.activity', room, lastSeq: seq }).length;
  };
  await pollFor(toldBob, 0);
  const stayed = [adaNick, cydNick].toSorted();
  for (const client of [ada, cyd]) await pollFor(() => onlineIn(client, room), stayed);
});

test('what was read while Redis was away is read on every connection when it is back', async () => {
  const { set, room, ada, bob, crossing } = await replicas.startTwo();
  const desktop = await set.at(0).enter({ token: tokenOf(bob) });
  await crossing();
  await bob.request({ type: 'room.close', room });
  await set.redis.kill();
  const { seq } = await ada.request(message(room));
  await bob.next({ type: 'room.activity', room, lastSeq: seq, unread: 2 });
  await desktop.request({ type: 'read.mark', room, seq });
  const inLobby = await ada.request(message('lobby'));
  await desktop.request({ type: 'read.mark', room: 'lobby', seq: inLobby['seq'] });
  await set.redis.restart();
  await bob.next({ type: 'read', room, seq });
  await bob.next({ type: 'read', room: 'lobby', seq: inLobby['seq'] });
  const next = await ada.request(message(room));
  expect(await bob.next({ type: 'room.activity', room, lastSeq: next['seq'] })).toMatchObject({ unread: 1 });
});

test('activity reaches members of rooms that are not live without Redis', async () => {
  const { set, room, ada, bob } = await replicas.startTwo();
  await bob.request({ type: 'room.close', room });
  await set.redis.kill();
  const { seq } = await ada.request(message(room));
  expect(await bob.next({ type: 'room.activity', room, lastSeq: seq })).toMatchObject({ unread: 1 });
});

test('a replica starts without Redis, and finds the others when it comes', async () => {
  const { set, room, nicks } = await replicas.startTwo();
  await set.redis.kill();
  const third = await set.add();
  const nick = uniqueNick();
  const cyd = await third.enter(nick);
  await cyd.request({ type: 'room.join', room });
  await set.redis.restart();
  const everyone = [...nicks, nick].toSorted();
  expect(await pollOnline(cyd, room, everyone)).toEqual(everyone);
});
