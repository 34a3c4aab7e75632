/** A message that is sent again, or answers another one. */
import { tokenOf } from '@parley/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeOfFile } from './store-of-file.ts';
import { message, startTestCore, type TestCore, uniqueRoom } from './start-test-core.ts';

const opened = storeOfFile();
let core: TestCore;

beforeAll(async () => {
  core = await startTestCore(opened.store, { timing: { pingIntervalMs: 300, pongGraceMs: 200 } });
});
afterAll(() => core.close());

describe('a message', () => {
  it('sent again with its cid answers the first result, and is there once', async () => {
    const ada = await core.enter();
    const second = await core.enter({ token: tokenOf(ada) });
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room });
    const request = message(room, 'once');
    const first = await ada.request(request);
    for (const client of [ada, second]) {
      const again = await client.request({ ...request, cid: request.cid.toUpperCase() });
      expect(again).toMatchObject({ type: 'ok', seq: first.seq, at: first.at });
    }
    const { events } = await ada.request({ type: 'history', room });
    expect(events).toMatchObject([{ type: 'member.joined' }, { type: 'message', seq: 2, cid: request.cid }]);
  });

  it('may answer a message that is there', async () => {
    const ada = await core.enter();
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room });
    await ada.request(message(room));
    expect(await ada.request({ ...message(room), replyTo: 2 })).toMatchObject({ type: 'ok', seq: 3 });
    expect(await ada.next({ type: 'message', seq: 3 })).toMatchObject({ replyTo: 2 });
    // Seq 1 is a join, 99 is nothing.
    for (const replyTo of [1, 99]) {
      expect(await ada.request({ ...message(room), replyTo })).toMatchObject({ code: 'not_found' });
    }
  });
});
