import { type RoomForUser, StoreUnavailable } from '@parley/store';
import { pollFor } from '@parley/testkit';
import { expect, it } from 'vitest';
import { FeedReader } from '../../test/feed-reader.ts';
import { LocalBus } from './bus.ts';
import { Delivery } from './delivery.ts';
import { EventBatch } from './event-batch.ts';

const ROOM = { id: '1', slug: 'dev' };
const ADA = { id: '7', nick: 'ada', guest: true };

/** Ada reads a room in which, by the database, she is as these rows say, one after the other; an error is thrown. */
function reading(...answers: (Pick<RoomForUser, 'member' | 'lastSeq'> | Error)[]) {
  const bus = new LocalBus({ replica: 'test', report: () => {} });
  const asked = { count: 0 };
  const rooms = {
    forUser: async () => {
      const answer = answers[asked.count];
      asked.count += 1;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    heads: async () => new Map(),
  };
  const store = { rooms, log: {} } as unknown as ConstructorParameters<typeof Delivery>[0]['store'];
  const delivery = new Delivery({ store, bus, mentionedIn: () => [], report: () => {} });
  const reader = new FeedReader(ADA.id);
  const subscription = delivery.feeds.subscribe(ROOM, reader);
  subscription.seenInside(3);
  subscription.goLive(3);
  return {
    reader,
    asked,
    /** Her leaving comes as an event, and nobody says what it means. */
    leaves: (seq: number): void => {
      const from = { id: ADA.id, nick: ADA.nick };
      const event = { type: 'member.left', roomId: ROOM.id, seq, at: new Date(0), from, messages: 0 } as const;
      bus.publish({ kind: 'events', roomId: ROOM.id, batch: EventBatch.of(ROOM.slug, [event]) });
    },
    /** As a look at memberships finds it. */
    isFoundOut: () =>
      bus.publish({ kind: 'online', replica: 'test', user: ADA, roomIds: [], leftRoomIds: [ROOM.id, 'another'] }),
    close: async () => {
      delivery.close();
      await bus.close();
    },
  };
}

it('ends what someone reads who was found to be outside, though the database is away for a moment', async () => {
  const { reader, asked, leaves, isFoundOut, close } = reading(new StoreUnavailable('cut', { outcomeUnknown: false }), {
    member: false,
    lastSeq: 4,
  });
  leaves(4);
  isFoundOut();
  await pollFor(() => reader.hasEnded, true);
  expect([reader.seen, asked.count]).toEqual([[4], 2]);
  await close();
});

it('goes on for who was thought to be outside and is not', async () => {
  const { reader, asked, leaves, isFoundOut, close } = reading({ member: true, lastSeq: 3 });
  isFoundOut();
  await pollFor(() => asked.count, 1);
  leaves(4);
  expect([reader.hasEnded, reader.seen]).toEqual([false, [4]]);
  await close();
});
