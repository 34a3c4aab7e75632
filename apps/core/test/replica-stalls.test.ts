/** Replicas while Redis stands still: nobody waits for it, and what it held back is caught up with. */
import { failOnLeaks, pollFor, tokenOf } from '@parley/testkit';
import { expect, test } from 'vitest';
import { message, sendMany, uniqueRoom } from './start-test-core.ts';
import { pollOnline, replicasOfTest, seeHintCross } from './start-replicas.ts';

failOnLeaks();
const replicas = replicasOfTest();

test('what is said while Redis stands still is answered and delivered, and Redis is caught up with', async () => {
  const { set, room, nicks, ada, bob, crossing, seeNothingMissing } = await replicas.startTwo();
  await crossing();
  set.redis.pause();
  for (let round = 0; round < 3; round += 1) {
    await crossing();
    await sendMany(bob, room, 50, 'meanwhile');
  }
  set.redis.resume();
  await seeHintCross(ada, bob, room);
  await pollOnline(ada, room, nicks);
  seeNothingMissing();
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
  await sendMany(ada, 'lobby', 75, 'hi');
  expect(ada.messages.filter((each) => each.type === 'ok')).toHaveLength(60);
});
