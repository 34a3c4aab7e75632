/** What is too much for one channel of a trunk is not the others' concern. */
import { makeTicket } from '@parley/service';
import { pollFor, TEST_SECRET, tokenOf, youOf } from '@parley/testkit';
import { expect, test, onTestFinished } from 'vitest';
import { RawTrunk } from './raw-trunk.ts';
import { startTestCore, uniqueNick, uniqueRoom } from './start-test-core.ts';
import { storeOfFile } from './store-of-file.ts';

const opened = storeOfFile();

test('a channel whose answer is too large for a frame is closed alone', async () => {
  const core = await startTestCore(opened.store, { settings: { JWT_SECRET: TEST_SECRET } });
  onTestFinished(() => core.close());
  const nick = uniqueNick();
  const owner = await core.enter(nick);
  const token = tokenOf(owner);
  // Larger than the rules allow: by those no answer is so long.
  const topic = 'x'.repeat(3 * 1024 * 1024);
  for (const slug of [uniqueRoom(), uniqueRoom(), uniqueRoom()]) {
    await opened.store.rooms.create({ slug, key: slug, title: slug, topic, kind: 'private', creator: youOf(owner) });
  }
  owner.terminate();
  const trunk = await RawTrunk.open(core.url, await makeTicket(new TextEncoder().encode(TEST_SECRET), '198.51.100.1'));
  onTestFinished(() => trunk.terminate());
  await trunk.enter(1);
  trunk.openChannel(2);
  trunk.send(2, { type: 'hello', version: 1, token });
  expect(await trunk.closedChannel(2)).toBe(4413);
  expect(trunk.messages(2)).toEqual([]);
  expect(await trunk.request(1, { type: 'ping' })).toMatchObject({ type: 'pong' });
  expect([...trunk.closedChannels.keys()]).toEqual([2]);
  // What it held is given back.
  (
    await pollFor(
      () => core.enter(nick).catch(() => undefined),
      (client) => client !== undefined,
    )
  )?.terminate();
});
