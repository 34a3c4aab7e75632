/** Messages that are changed after they were stored. */
import { describe, expect, it } from 'vitest';
import type { AppendOutcome, NewEvent, Store, User } from '../../src/index.ts';
import { aChange, aMessage, addGuest, addRoom, readWholeLog } from '../databases.ts';

const statuses = (outcomes: readonly AppendOutcome[]) => outcomes.map((outcome) => outcome.status);

export const anEdit = (room: { id: string }, { id, nick }: User, target: number, text: string): NewEvent => ({
  roomId: room.id,
  sender: { id, nick },
  type: 'message.edited',
  target,
  text,
});
export const aDeletion = (room: { id: string }, { id, nick }: User, target: number): NewEvent => ({
  roomId: room.id,
  sender: { id, nick },
  type: 'message.deleted',
  target,
});

export function describeEdits(store: () => Store): void {
  describe('a message', () => {
    it('has its new text from an edit on, which is an event of its own', async () => {
      const ada = await addGuest(store());
      const room = await addRoom(store(), ada);
      const [sent] = await store().log.append([aMessage(room, ada, 'teh tea')]);
      const [edited] = await store().log.append([anEdit(room, ada, 2, 'the tea')]);
      if (sent?.status !== 'appended') throw new Error('not appended');
      expect(edited).toMatchObject({ status: 'appended', event: { seq: 3, messages: 1, from: { id: ada.id } } });
      const [, message, edit] = await readWholeLog(store(), room.id);
      expect(message).toEqual({ ...sent.event, text: 'the tea', editedAt: edit?.at });
      expect(edit).toMatchObject({ type: 'message.edited', target: 2, text: 'the tea' });
    });

    it('that was edited twice is told by both edits as it is now', async () => {
      const ada = await addGuest(store());
      const room = await addRoom(store(), ada);
      const outcomes = await store().log.append([
        aMessage(room, ada, 'one'),
        anEdit(room, ada, 2, 'two'),
        anEdit(room, ada, 2, 'three'),
      ]);
      expect(statuses(outcomes)).toEqual(['appended', 'appended', 'appended']);
      expect(outcomes[1]).toMatchObject({ event: { text: 'two' } });
      expect((await readWholeLog(store(), room.id)).slice(1)).toMatchObject([
        { text: 'three' },
        { target: 2, text: 'three' },
        { target: 2, text: 'three' },
      ]);
    });

    it('that is deleted leaves its text nowhere', async () => {
      const ada = await addGuest(store());
      const room = await addRoom(store(), ada);
      const outcomes = await store().log.append([
        aMessage(room, ada, 'a secret'),
        anEdit(room, ada, 2, 'another'),
        aDeletion(room, ada, 2),
        aMessage(room, ada, 'what follows'),
      ]);
      expect(statuses(outcomes)).toEqual(['appended', 'appended', 'appended', 'appended']);
      const log = await readWholeLog(store(), room.id);
      expect(log.slice(1)).toMatchObject([
        { type: 'message', text: '', deleted: true, messages: 1 },
        { type: 'message.edited', target: 2, text: '' },
        { type: 'message.deleted', target: 2 },
        { type: 'message', text: 'what follows', messages: 2 },
      ]);
      expect(log[1]).not.toHaveProperty('editedAt');
    });

    it('is left as it is by what changes nothing', async () => {
      const ada = await addGuest(store());
      const room = await addRoom(store(), ada);
      await store().log.append([aMessage(room, ada, 'x'), aMessage(room, ada, 'y'), aDeletion(room, ada, 3)]);
      const outcomes = await store().log.append([anEdit(room, ada, 2, 'x'), aDeletion(room, ada, 3)]);
      expect(statuses(outcomes)).toEqual(['unchanged', 'unchanged']);
      expect(await readWholeLog(store(), room.id)).toHaveLength(4);
    });

    it('can be changed by its author alone, while they are in the room', async () => {
      const [ada, bob] = [await addGuest(store()), await addGuest(store())];
      const room = await addRoom(store(), ada);
      await store().log.append([aMessage(room, ada, 'ada’s'), aChange(room, bob, 'member.joined')]);
      const changes = (who: User): NewEvent[] => [anEdit(room, who, 2, 'bob’s'), aDeletion(room, who, 2)];
      expect(statuses(await store().log.append(changes(bob)))).toEqual(['not_the_author', 'not_the_author']);
      await store().log.append([aChange(room, ada, 'member.left')]);
      expect(statuses(await store().log.append(changes(ada)))).toEqual(['not_a_member', 'not_a_member']);
      expect((await readWholeLog(store(), room.id))[1]).toMatchObject({ text: 'ada’s' });
    });

    it('has to be there, and no other event', async () => {
      const ada = await addGuest(store());
      const [room, other] = [await addRoom(store(), ada), await addRoom(store(), ada)];
      await store().log.append([aMessage(room, ada, 'x'), aMessage(other, ada, 'y'), aMessage(other, ada, 'z')]);
      await store().log.append([aDeletion(room, ada, 2)]);
      const outcomes = await store().log.append([
        anEdit(room, ada, 1, 'a joining'),
        aDeletion(room, ada, 3),
        anEdit(other, ada, 99, 'nothing'),
        aDeletion(other, ada, 99),
        anEdit(room, ada, 2, 'deleted'),
        anEdit({ id: '987654321' }, ada, 2, 'nowhere'),
      ]);
      expect(statuses(outcomes)).toEqual([...Array.from({ length: 5 }, () => 'message_not_found'), 'room_not_found']);
    });

    it('is answered under its cid as it is now', async () => {
      const ada = await addGuest(store());
      const room = await addRoom(store(), ada);
      const again = aMessage(room, ada, 'one');
      await store().log.append([again, anEdit(room, ada, 2, 'two')]);
      expect(await store().log.append([again])).toMatchObject([
        { status: 'duplicate', seq: 2, event: { text: 'two' } },
      ]);
      await store().log.append([aDeletion(room, ada, 2)]);
      expect(await store().log.append([again])).toMatchObject([{ status: 'duplicate', event: { deleted: true } }]);
    });

    it('is changed in the order of a batch of many rooms, whatever fails in it', async () => {
      const ada = await addGuest(store());
      const rooms = await Promise.all([1, 2, 3].map(() => addRoom(store(), ada)));
      await store().log.append(rooms.map((room) => aMessage(room, ada, 'first')));
      const batch = Array.from({ length: 30 }, (_, n): NewEvent => {
        const room = rooms[n % 3] ?? { id: '' };
        return n % 2 === 0 ? aMessage(room, ada, `text ${n}`) : anEdit(room, ada, 2, `edit ${n}`);
      });
      batch[13] = aMessage(rooms[1] ?? { id: '' }, ada, 'a zero \0 can not be kept');
      const outcomes = await store().log.append(batch);
      expect(outcomes.flatMap(({ status }, index) => (status === 'appended' ? [] : [[index, status]]))).toEqual([
        [13, 'failed'],
      ]);
      for (const [index, room] of rooms.entries()) {
        const log = await readWholeLog(store(), room.id);
        const last = batch.findLastIndex(({ type }, n) => n % 3 === index && type === 'message.edited');
        expect(log[1]).toMatchObject({ text: `edit ${last}` });
      }
    });
  });
}
