/** A database that comes back with an older state under a running core. Needs a real Postgres, whose rows are set back. */
import { foldName } from '@parley/protocol';
import { pollFor, realPostgres, tokenOf, welcomeOf } from '@parley/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestStore, type OpenedStore, removeRoom, setRoomBack } from '../../../packages/store/test/databases.ts';
import { message, sendMany, startTestCore, type TestCore, uniqueRoom } from './start-test-core.ts';

describe.skipIf(realPostgres().missing !== undefined)('a room that is set back', () => {
  let opened: OpenedStore;
  let core: TestCore;
  beforeAll(async () => {
    opened = await openTestStore('postgres');
    core = await startTestCore(opened.store);
  });
  afterAll(async () => {
    await core.close();
    await opened.close();
  });

  it('closes its readers with the first commit; they come back to what is there, and hear what follows', async () => {
    const [ada, bob, eve] = [await core.enter(), await core.enter(), await core.enter()];
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room });
    await bob.request({ type: 'room.join', room });
    await sendMany(ada, room, 10, 'acknowledged');
    await pollFor(() => bob.messages.filter(({ type }) => type === 'message').length, 10);
    await setRoomBack(opened, foldName(room), 5);
    // Who does not read the room goes on.
    await eve.request({ type: 'room.join', room });
    await eve.request({ type: 'room.close', room });
    await eve.request(message(room, 'after'));
    expect(await bob.closed()).toBe(4503);
    expect(await ada.closed()).toBe(4503);
    const back = await core.enter({ token: tokenOf(bob), resume: { [room]: 12 } });
    expect(welcomeOf(back).rooms.find((each) => each.room === room)).toMatchObject({ lastSeq: 7 });
    const { seq } = await eve.request(message(room, 'live again'));
    expect(await back.next({ type: 'message', room })).toMatchObject({ seq, text: 'live again' });
    back.close();
    eve.close();
  });

  it('leads nobody by the name of a room that is gone to the one that has its id by now', async () => {
    const [ada, eve, bob] = [await core.enter(), await core.enter(), await core.enter()];
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room });
    await eve.request({ type: 'history', room });
    // As a backup of before leaves it, which was restored meanwhile.
    await removeRoom(opened, foldName(room));
    const hidden = uniqueRoom();
    await bob.request({ type: 'room.create', room: hidden, kind: 'private' });
    await bob.request(message(hidden, 'for members'));
    for (const type of ['history', 'room.join']) {
      expect(await eve.request({ type, room })).toMatchObject({ type: 'error', code: 'room_not_found' });
    }
    expect(await eve.request({ type: 'room.create', room })).toMatchObject({ type: 'room.joined' });
  });
});
