/** The log of a room. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { AppendOutcome, NewEvent, Store } from '../../src/index.ts';
import { aChange, aMessage, addGuest, addRoom, readWholeLog } from '../databases.ts';

const statuses = (outcomes: readonly AppendOutcome[]) => outcomes.map((outcome) => outcome.status);

export function describeEventLog(store: () => Store): void {
  describe('the log', () => {
    it('numbers the events of many rooms in one batch, in order', async () => {
      const ada = await addGuest(store());
      const rooms = await Promise.all([1, 2, 3].map(() => addRoom(store(), ada)));
      const batch = Array.from({ length: 30 }, (_, n) => aMessage(rooms[n % 3] ?? { id: '' }, ada, `text ${n}`));
      const outcomes = await store().log.append(batch);
      expect(new Set(statuses(outcomes))).toEqual(new Set(['appended']));
      for (const room of rooms) {
        const events = await readWholeLog(store(), room.id);
        const told = outcomes.flatMap((outcome) =>
          outcome.status === 'appended' && outcome.event.roomId === room.id ? [outcome.event] : [],
        );
        expect(events.slice(1)).toEqual(told);
      }
    });

    it('keeps any text as it was sent', async () => {
      const ada = await addGuest(store());
      const room = await addRoom(store(), ada);
      const texts = [
        '😀 \u202E\u0007\u001B[31m',
        String.raw`\u0041 {"a":1} ' " \ $1`,
        ' \n\t x ',
        'é\u0301'.repeat(500),
      ];
      await store().log.append(texts.map((text) => aMessage(room, ada, text)));
      const events = await readWholeLog(store(), room.id);
      expect(events.slice(1).map((event) => event.type === 'message' && event.text)).toEqual(texts);
    });

    it('answers the same cid with the first result, also within a batch', async () => {
      const ada = await addGuest(store());
      const room = await addRoom(store(), ada);
      const cid = randomUUID();
      const [first, twin] = await store().log.append([
        aMessage(room, ada, 'one', cid),
        aMessage(room, ada, 'two', cid),
      ]);
      const [later] = await store().log.append([aMessage(room, { ...ada, nick: 'other' }, 'three', cid)]);
      if (first?.status !== 'appended') throw new Error('not appended');
      const duplicate = { status: 'duplicate', seq: 2, at: first.event.at, event: first.event };
      expect(twin).toEqual(duplicate);
      expect(later).toEqual(duplicate);
      expect(await readWholeLog(store(), room.id)).toHaveLength(2);
    });

    it('takes the same cid from another sender and in another room', async () => {
      const [ada, bob] = [await addGuest(store()), await addGuest(store())];
      const [one, two] = [await addRoom(store(), ada), await addRoom(store(), ada)];
      const cid = randomUUID();
      const outcomes = await store().log.append([
        aChange(one, bob, 'member.joined'),
        aMessage(one, ada, 'x', cid),
        aMessage(two, ada, 'x', cid),
        aMessage(one, bob, 'x', cid),
      ]);
      expect(statuses(outcomes)).toEqual(['appended', 'appended', 'appended', 'appended']);
    });

    it('lets members write, everyone in the lobby, and nobody in a room that is not there', async () => {
      const [ada, bob] = [await addGuest(store()), await addGuest(store())];
      const room = await addRoom(store(), ada);
      const lobby = await store().rooms.bySlug('lobby');
      const outcomes = await store().log.append([
        aMessage(room, bob, 'no'),
        aMessage({ id: lobby?.id ?? '' }, bob, 'yes'),
        aMessage({ id: '987654321' }, bob, 'no'),
        aMessage({ id: 'nowhere' }, bob, 'no'),
        aMessage(room, ada, 'yes'),
      ]);
      expect(statuses(outcomes)).toEqual(['not_a_member', 'appended', 'room_not_found', 'room_not_found', 'appended']);
    });

    it('follows joins and leaves within one batch', async () => {
      const [ada, bob] = [await addGuest(store()), await addGuest(store())];
      const room = await addRoom(store(), ada);
      const outcomes = await store().log.append([
        aMessage(room, bob, 'too early'),
        aChange(room, bob, 'member.joined'),
        aMessage(room, ada, 'hello'),
        aMessage(room, bob, 'hello'),
        aChange(room, bob, 'member.joined'),
        aChange(room, bob, 'member.left'),
        aMessage(room, bob, 'too late'),
        aChange(room, bob, 'member.left'),
      ]);
      expect(statuses(outcomes)).toEqual([
        'not_a_member',
        'appended',
        'appended',
        'appended',
        'unchanged',
        'appended',
        'not_a_member',
        'unchanged',
      ]);
      const events = await readWholeLog(store(), room.id);
      expect(events.map((event) => event.type)).toEqual([
        'member.joined',
        'member.joined',
        'message',
        'message',
        'member.left',
      ]);
      expect((await store().rooms.bySlug(room.slug))?.memberCount).toBe(1);
    });

    it('adds no member events to the lobby', async () => {
      const ada = await addGuest(store());
      const lobby = await store().rooms.bySlug('lobby');
      const outcomes = await store().log.append([
        aChange({ id: lobby?.id ?? '' }, ada, 'member.joined'),
        aChange({ id: lobby?.id ?? '' }, ada, 'member.left'),
      ]);
      expect(statuses(outcomes)).toEqual(['unchanged', 'unchanged']);
    });

    it('sets a topic with its event, for members', async () => {
      const [ada, bob] = [await addGuest(store()), await addGuest(store())];
      const room = await addRoom(store(), ada);
      const topic = (sender: typeof ada, text: string): NewEvent => ({
        roomId: room.id,
        sender,
        type: 'topic.changed',
        topic: text,
      });
      const outcomes = await store().log.append([
        topic(bob, 'no'),
        topic(ada, 'tea'),
        topic(ada, 'tea'),
        topic(ada, ''),
      ]);
      expect(statuses(outcomes)).toEqual(['not_a_member', 'appended', 'unchanged', 'appended']);
      expect(await readWholeLog(store(), room.id)).toMatchObject([{}, { topic: 'tea' }, { topic: '' }]);
      expect((await store().rooms.bySlug(room.slug))?.topic).toBe('');
    });

    it('takes replies to messages of the same room only', async () => {
      const ada = await addGuest(store());
      const room = await addRoom(store(), ada);
      await store().log.append([aMessage(room, ada, 'question')]);
      const reply = (replyTo: number): NewEvent => ({ ...aMessage(room, ada, 'answer'), replyTo }) as NewEvent;
      const outcomes = await store().log.append([reply(2), reply(1), reply(99)]);
      expect(statuses(outcomes)).toEqual(['appended', 'reply_not_found', 'reply_not_found']);
      expect((await readWholeLog(store(), room.id)).at(-1)).toMatchObject({ replyTo: 2, text: 'answer' });
    });

    it('lets a bad event fail alone', async () => {
      const [ada, ghost] = [await addGuest(store()), { id: '987654321', nick: 'ghost', guest: true }];
      const room = await addRoom(store(), ada);
      const batch = Array.from({ length: 20 }, (_, n) => aMessage(room, ada, `text ${n}`));
      batch[3] = aMessage(room, ada, 'a zero \0 can not be kept');
      batch[11] = aMessage(room, ada, 'x', 'no uuid');
      batch[17] = aChange(room, ghost, 'member.joined');
      const outcomes = await store().log.append(batch);
      const failed = outcomes.flatMap((outcome, index) => (outcome.status === 'failed' ? [index] : []));
      expect(failed).toEqual([3, 11, 17]);
      const events = await readWholeLog(store(), room.id);
      expect(events).toHaveLength(18);
      expect(outcomes.flatMap((outcome) => (outcome.status === 'appended' ? [outcome.event.seq] : []))).toEqual(
        events.slice(1).map((event) => event.seq),
      );
    });

    it('keeps concurrent batches of one room apart', async () => {
      const ada = await addGuest(store());
      const room = await addRoom(store(), ada);
      const batches = Array.from({ length: 12 }, (_, b) =>
        Array.from({ length: 10 }, (__, n) => aMessage(room, ada, `${b}.${n}`)),
      );
      await Promise.all(batches.map((batch) => store().log.append(batch)));
      const events = await readWholeLog(store(), room.id);
      expect(events).toHaveLength(121);
      for (let start = 1; start < events.length; start += 10) {
        const texts = events.slice(start, start + 10).map((event) => (event.type === 'message' ? event.text : ''));
        const batch = texts[0]?.split('.')[0];
        expect(texts).toEqual(Array.from({ length: 10 }, (_, n) => `${batch}.${n}`));
      }
    });

    it('appends nothing for an empty batch', async () => {
      expect(await store().log.append([])).toEqual([]);
    });

    it('pages in both directions', async () => {
      const ada = await addGuest(store());
      const room = await addRoom(store(), ada);
      await store().log.append(Array.from({ length: 9 }, (_, n) => aMessage(room, ada, `${n}`)));
      const page = async (request: { before?: number; after?: number; limit: number }) => {
        const { events, more } = await store().log.page({ roomId: room.id, ...request });
        return { seqs: events.map((event) => event.seq), more };
      };
      expect(await page({ limit: 3 })).toEqual({ seqs: [8, 9, 10], more: true });
      expect(await page({ before: 8, limit: 3 })).toEqual({ seqs: [5, 6, 7], more: true });
      expect(await page({ before: 4, limit: 3 })).toEqual({ seqs: [1, 2, 3], more: false });
      expect(await page({ before: 1, limit: 3 })).toEqual({ seqs: [], more: false });
      expect(await page({ after: 0, limit: 3 })).toEqual({ seqs: [1, 2, 3], more: true });
      expect(await page({ after: 7, limit: 3 })).toEqual({ seqs: [8, 9, 10], more: false });
      expect(await page({ after: 10, limit: 3 })).toEqual({ seqs: [], more: false });
    });

    it('ends a page of long events early, in either direction, and leaves none out', async () => {
      const ada = await addGuest(store());
      const room = await addRoom(store(), ada);
      // Six bytes each on the wire.
      const text = '\u0001'.repeat(2000);
      await store().log.append(Array.from({ length: 60 }, () => aMessage(room, ada, text)));
      const sizes: number[] = [];
      const walk = async (request: (last: readonly number[]) => { before?: number; after?: number }) => {
        const seen: number[][] = [];
        for (let more = true; more;) {
          const found = await store().log.page({ roomId: room.id, limit: 200, ...request(seen.at(-1) ?? []) });
          sizes.push(JSON.stringify(found.events).length);
          seen.push(found.events.map(({ seq }) => seq));
          ({ more } = found);
        }
        return seen;
      };
      const all = Array.from({ length: 61 }, (_, n) => n + 1);
      expect((await walk((last) => ({ after: last.at(-1) ?? 0 }))).flat()).toEqual(all);
      expect((await walk((last) => (last[0] === undefined ? {} : { before: last[0] }))).toReversed().flat()).toEqual(
        all,
      );
      expect(sizes.length).toBeGreaterThan(2);
      expect(Math.max(...sizes)).toBeLessThan(256 * 1024);
    });
  });
}
