/** Guests' nicks among replicas that do not hear each other. */
import { failOnLeaks, pollFor, tokenOf } from '@parley/testkit';
import { expect, test } from 'vitest';
import { NickRows } from '../../../packages/store/test/nick-rows.ts';
import { uniqueNick } from './start-test-core.ts';
import { replicasOfTest } from './start-replicas.ts';

failOnLeaks();
const replicas = replicasOfTest();

test('a guest who leaves one of two replicas while Redis is away keeps the nick on the other', async () => {
  const set = await replicas.start(2);
  const rows = await NickRows.connect(set.database.url);
  replicas.atEnd(() => rows.close());
  const nick = uniqueNick();
  const storeThatHolds = () => rows.storeOf(nick);
  await set.redis.kill();
  const stays = await set.at(1).enter(nick);
  const there = await storeThatHolds();
  const leaves = await set.at(0).enter({ token: tokenOf(stays) });
  await pollFor(storeThatHolds, (holder) => holder !== there, { what: 'the first replica to hold the nick' });
  leaves.close();
  await leaves.closed();
  const outcomes = new Set<string>();
  const tryToTake = async () => {
    const entered = set.at(0).enter(nick);
    outcomes.add(
      await entered.then(
        () => 'entered',
        (error: Error) => (error.message.includes('nick_taken') ? 'nick_taken' : error.message),
      ),
    );
    return storeThatHolds();
  };
  // By its renewal, which nothing hurries.
  await pollFor(tryToTake, (holder) => holder === there || outcomes.has('entered'), {
    intervalMs: 50,
    what: 'the other replica to hold the nick',
  });
  expect(outcomes).toEqual(new Set(['nick_taken']));
  expect(await stays.request({ type: 'ping' })).toMatchObject({ type: 'pong' });
});
