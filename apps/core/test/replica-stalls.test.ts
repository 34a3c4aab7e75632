/** Replicas while Redis stands still: nobody waits for it, and what it held back is caught up with. */
import { failOnLeaks, pollFor } from '@parley/testkit';
import { expect, test } from 'vitest';
import { message, sendMany, uniqueRoom } from './start-test-core.ts';
import { pollOnline, replicasOfTest } from './start-replicas.ts';
import { tokenOf } from './told.ts';

failOnLeaks();
const replicas = replicasOfTest();

test('Redis that stands still for some seconds keeps nobody waiting, and is caught up with', async () => {
  const { set, room, nicks, ada, bob, crossing, nothingIsMissing } = await replicas.startTwo();
  await crossing();
  set.redis.pause();
  const pausedAt = performance.now();
  while (performance.now() - pausedAt < 5000) {
    const startedAt = performance.now();
    expect(await ada.request(message(room))).toMatchObject({ type: 'ok' });
    expect(performance.now() - startedAt).toBeLessThan(1500);
    expect(await crossing()).toBeLessThan(3500);
    await sendMany(bob, room, 50, 'meanwhile');
  }
  set.redis.resume();
  await pollFor(crossing, (ms) => ms < 200, { what: 'hints to arrive again' });
  await pollOnline(ada, room, nicks);
  nothingIsMissing();
});

test('a leaving that Redis held back does not end what its reader reads who has come back since', async () => {
  const { set, room, ada, bob } = await replicas.startTwo();
  const phone = await set.at(0).enter({ token: tokenOf(bob) });
  set.redis.pause();
  await bob.request({ type: 'room.leave', room });
  expect(await phone.request({ type: 'room.join', room })).toMatchObject({ type: 'room.joined' });
  set.redis.resume();
  // What the other replica tells after it has come, so the leaving has.
  await pollFor(
    async () => {
      await bob.request({ type: 'room.create', room: uniqueRoom() });
      return phone.unread({ type: 'room.created' }).length;
    },
    (told) => told > 0,
    { intervalMs: 100 },
  );
  const sent = message(room, 'do you hear me?');
  await ada.request(sent);
  await phone.next({ type: 'message', cid: sent.cid });
});

test('limits are counted by each replica while Redis stands still', async () => {
  const set = await replicas.start(1, { RATE_LIMITS: 'on' });
  const ada = await set.at(0).enter();
  set.redis.pause();
  const startedAt = performance.now();
  await sendMany(ada, 'lobby', 80, 'hi');
  const seconds = (performance.now() - startedAt) / 1000;
  const taken = ada.messages.filter((each) => each.type === 'ok').length;
  expect(taken).toBeGreaterThanOrEqual(60);
  expect(taken).toBeLessThanOrEqual(61 + Math.ceil(10 * seconds));
  expect(seconds).toBeLessThan(4);
});
