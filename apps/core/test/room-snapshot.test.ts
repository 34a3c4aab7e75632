/** What `room.joined` shows of a room that is being written in meanwhile. */
import { type RawClient, youOf } from '@parley/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { holdNext } from './hold-next.ts';
import { message, sendMany, startTestCore, type TestCore, uniqueRoom } from './start-test-core.ts';
import { storeOfFile } from './store-of-file.ts';

const opened = storeOfFile();
let core: TestCore;

beforeAll(async () => {
  core = await startTestCore(opened.store);
});
afterAll(() => core.close());

const roomOf = (answer: object & { room?: unknown }): string => (answer.room as { room: string }).room;

/** Someone opens a room; what `between` does happens after the page of its log has been read, and before its row is. */
async function openAround(
  client: RawClient,
  request: Parameters<RawClient['request']>[0],
  between: () => Promise<unknown>,
) {
  const page = holdNext(opened.store.log, 'page', 'answer');
  const row = holdNext(opened.store.rooms, 'forUser', 'question');
  const answer = client.request(request);
  await Promise.all([page.held(), row.held()]);
  await between();
  row.release();
  page.release();
  return answer;
}

it('the first message of an empty room is shown, or follows', async () => {
  const [ada, bob] = [await core.enter(), await core.enter()];
  const room = roomOf(await bob.request({ type: 'direct.open', nick: youOf(ada).nick }));
  const request = { type: 'direct.open', nick: youOf(bob).nick };
  const answer = await openAround(ada, request, () => bob.request(message(room, 'first')));
  expect(answer).toMatchObject({ room: { lastSeq: 1, unread: 1 }, events: [{ seq: 1, text: 'first' }], more: false });
  await bob.request(message(room, 'second'));
  expect(await ada.next({ type: 'message', room })).toMatchObject({ seq: 2, text: 'second' });
});

it.each([{ since: 1 }, {}])('a room that is opened with %j ends where its events do', async (fields) => {
  const [ada, bob] = [await core.enter(), await core.enter()];
  const room = uniqueRoom();
  await ada.request({ type: 'room.create', room });
  await bob.request({ type: 'room.join', room });
  const answer = await openAround(ada, { type: 'room.join', room, ...fields }, () => sendMany(bob, room, 3, 'hi'));
  const events = answer['events'] as { seq: number }[];
  expect(events.map(({ seq }) => seq)).toEqual('since' in fields ? [2, 3, 4, 5] : [1, 2, 3, 4, 5]);
  expect(answer).toMatchObject({ room: { lastSeq: 5, unread: 3 }, more: false });
});

it('a page with more after it ends before the room does', async () => {
  const [ada, bob] = [await core.enter(), await core.enter()];
  const room = uniqueRoom();
  await ada.request({ type: 'room.create', room });
  await bob.request({ type: 'room.join', room });
  await sendMany(bob, room, 210, 'hi');
  const answer = await openAround(ada, { type: 'room.join', room, since: 0 }, () => bob.request(message(room)));
  expect(answer['events']).toHaveLength(200);
  expect(answer).toMatchObject({ room: { lastSeq: 213 }, more: true });
});
