import { setImmediate as turn } from 'node:timers/promises';
import type { StoredEvent } from '@parley/store';
import { expect, it } from 'vitest';
import { FeedReader } from '../../test/feed-reader.ts';
import { EventBatch } from './event-batch.ts';
import { type LogPage, RoomFeed } from './room-feed.ts';

const event = (seq: number): StoredEvent => ({
  type: 'member.joined',
  roomId: '1',
  seq,
  at: new Date(0),
  from: { id: '1', nick: 'ada' },
  messages: 0,
});
const batch = (first: number, last = first): EventBatch =>
  EventBatch.of(
    'dev',
    Array.from({ length: last - first + 1 }, (_, at) => event(first + at)),
  );

/** A room whose log ends at `head.seq`, read in pages of 5; each read waits for `answer`. */
function feedOf(head: { seq: number }) {
  const reads: { after: number; answer: () => void }[] = [];
  const feed = new RoomFeed({
    roomId: '1',
    room: 'dev',
    readAfter: (_, after) =>
      new Promise<LogPage>((resolve) => {
        const last = Math.min(head.seq, after + 5);
        const page = { batch: last > after ? batch(after + 1, last) : undefined, more: last < head.seq };
        reads.push({ after, answer: () => resolve(page) });
      }),
    emptied: () => {},
  });
  return { feed, reads };
}

const upTo = (last: number): number[] => Array.from({ length: last }, (_, at) => at + 1);

it('holds a subscription back until the log has been read for it', () => {
  const { feed } = feedOf({ seq: 0 });
  const reader = new FeedReader();
  const subscription = feed.subscribe(reader);
  feed.publish(batch(1));
  expect(reader.seen).toEqual([]);
  subscription.goLive(1);
  feed.publish(batch(2));
  expect(reader.seen).toEqual([2]);
});

it('is known to reach what its readers were given, and begins anew with all of them when the log goes back', async () => {
  const { feed } = feedOf({ seq: 0 });
  const [live, held] = [new FeedReader(), new FeedReader()];
  feed.subscribe(held);
  feed.subscribe(live).goLive(7);
  expect([feed.head, feed.reach]).toEqual([0, 7]);
  feed.rewind();
  feed.publish(batch(8));
  expect([live.rewindings, held.rewindings, live.seen, live.hasEnded, feed.size]).toEqual([1, 1, [], false, 0]);
});

it('reads what was committed between the read and going live', async () => {
  const head = { seq: 3 };
  const { feed, reads } = feedOf(head);
  const reader = new FeedReader();
  const subscription = feed.subscribe(reader);
  // The caller has read up to 1; 2 and 3 were committed since.
  feed.publish(batch(2, 3));
  subscription.goLive(1);
  await turn();
  reads[0]?.answer();
  await turn();
  expect(reader.seen).toEqual([2, 3]);
  expect(subscription.state).toBe('live');
});

it('pages to the head before anything live', async () => {
  const head = { seq: 12 };
  const { feed, reads } = feedOf(head);
  const reader = new FeedReader();
  const subscription = feed.subscribe(reader);
  subscription.catchUp(0);
  await turn();
  head.seq = 13;
  feed.publish(batch(13));
  for (let page = 0; page < 4; page += 1) {
    reads[page]?.answer();
    await turn();
  }
  expect(reader.seen).toEqual(upTo(13));
  expect(subscription.state).toBe('live');
});

it('gives each event once when the log was read further than what is announced', async () => {
  const { feed, reads } = feedOf({ seq: 4 });
  const reader = new FeedReader();
  feed.subscribe(reader).catchUp(0);
  await turn();
  reads[0]?.answer();
  await turn();
  feed.publish(batch(3));
  feed.publish(batch(4, 6));
  expect(reader.seen).toEqual(upTo(6));
});

it('turns to the log when announcements leave a gap', async () => {
  const { feed, reads } = feedOf({ seq: 5 });
  const reader = new FeedReader();
  feed.subscribe(reader).goLive(2);
  feed.publish(batch(5));
  await turn();
  reads[0]?.answer();
  await turn();
  expect(reader.seen).toEqual([3, 4, 5]);
});

it('turns to the log when the head is known to be further', async () => {
  const { feed, reads } = feedOf({ seq: 3 });
  const reader = new FeedReader();
  feed.subscribe(reader).goLive(2);
  feed.noteHead(3);
  await turn();
  reads[0]?.answer();
  await turn();
  expect(reader.seen).toEqual([3]);
});

it('feeds a reader that falls behind from the log, and the others live', async () => {
  const head = { seq: 1 };
  const { feed, reads } = feedOf(head);
  const [slow, quick] = [new FeedReader(), new FeedReader()];
  feed.subscribe(slow).goLive(0);
  feed.subscribe(quick).goLive(0);
  slow.keepsUp = false;
  for (head.seq = 1; head.seq < 4; head.seq += 1) feed.publish(batch(head.seq));
  expect(quick.seen).toEqual([1, 2, 3]);
  slow.keepsUp = true;
  await turn();
  reads[0]?.answer();
  await turn();
  feed.publish(batch(4));
  await turn();
  for (const read of reads.slice(1)) read.answer();
  await turn();
  expect(slow.seen).toEqual([1, 2, 3, 4]);
});

it('ends what one user reads, and tells their sinks', () => {
  const { feed } = feedOf({ seq: 0 });
  const [ada, bob] = [new FeedReader('ada'), new FeedReader('bob')];
  for (const reader of [ada, bob]) feed.subscribe(reader).goLive(0);
  feed.endAt('ada', 0);
  feed.publish(batch(1));
  expect([ada.hasEnded, ada.seen]).toEqual([true, []]);
  expect([bob.hasEnded, bob.seen]).toEqual([false, [1]]);
});

it('gives who is behind their own leaving before it ends, and nothing after it', async () => {
  const head = { seq: 8 };
  const { feed, reads } = feedOf(head);
  const ada = new FeedReader('ada');
  feed.subscribe(ada).catchUp(0);
  await turn();
  feed.endAt('ada', 7);
  reads[0]?.answer();
  await turn();
  expect([ada.hasEnded, ada.seen]).toEqual([false, upTo(5)]);
  feed.hint({ type: 'typing', room: 'dev', user: { id: 'bob', nick: 'bob' } });
  reads[1]?.answer();
  await turn();
  expect([ada.hasEnded, ada.seen, ada.hints]).toEqual([true, upTo(7), 0]);
  expect(feed.size).toBe(0);
});

it('gives who keeps up a leaving that is still on its way before it ends', () => {
  const { feed } = feedOf({ seq: 0 });
  const ada = new FeedReader('ada');
  feed.subscribe(ada).goLive(3);
  feed.endAt('ada', 5);
  feed.publish(batch(4, 5));
  feed.publish(batch(6));
  expect([ada.hasEnded, ada.seen]).toEqual([true, [4, 5]]);
});

it('ends a subscription that was held while its reader left', async () => {
  const { feed, reads } = feedOf({ seq: 6 });
  const [early, late] = [new FeedReader('ada'), new FeedReader('ada')];
  const [before, after] = [feed.subscribe(early), feed.subscribe(late)];
  feed.endAt('ada', 5);
  after.goLive(6);
  before.goLive(4);
  feed.noteHead(6);
  await turn();
  reads[0]?.answer();
  await turn();
  expect([late.hasEnded, late.seen]).toEqual([true, []]);
  expect([early.hasEnded, early.seen]).toEqual([true, [5]]);
});

it('goes on for a reader who was seen inside after a leaving that is told late', () => {
  const { feed } = feedOf({ seq: 0 });
  const ada = new FeedReader('ada');
  const subscription = feed.subscribe(ada);
  subscription.seenInside(6);
  subscription.goLive(6);
  feed.endAt('ada', 5);
  feed.publish(batch(7));
  feed.endAt('ada', 8);
  for (const seq of [8, 9]) feed.publish(batch(seq));
  expect([ada.hasEnded, ada.seen]).toEqual([true, [7, 8]]);
});

it('forgets a leaving that came while held and that its reader has come back from, but none after it', () => {
  const { feed } = feedOf({ seq: 0 });
  const [once, twice] = [new FeedReader('ada'), new FeedReader('bob')];
  const [first, second] = [feed.subscribe(once), feed.subscribe(twice)];
  feed.endAt('ada', 4);
  for (const seq of [4, 8, 7]) feed.endAt('bob', seq);
  for (const subscription of [first, second]) {
    subscription.seenInside(5);
    subscription.goLive(6);
  }
  for (const seq of [7, 8]) feed.publish(batch(seq));
  expect([once.hasEnded, once.seen]).toEqual([false, [7, 8]]);
  expect([twice.hasEnded, twice.seen]).toEqual([true, [7]]);
});

it('ends a held subscription with its feed, wherever its reader was seen', () => {
  const { feed } = feedOf({ seq: 0 });
  const ada = new FeedReader('ada');
  const subscription = feed.subscribe(ada);
  feed.endAll();
  subscription.seenInside(6);
  subscription.goLive(6);
  expect([ada.hasEnded, subscription.state]).toEqual([true, 'ended']);
});
