/** Which rooms are in whose list, and how many are there by their own acts. */
import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/index.ts';
import { aChange, aMessage, addGuest, addRoom } from '../databases.ts';

export function describeOwnRooms(store: () => Store): void {
  /** Whether a room is in each of the lists of someone's rooms. */
  const listed = async (userId: string, room: { id: string; slug: string }): Promise<boolean[]> => [
    (await store().rooms.ofUser(userId)).some(({ id }) => id === room.id),
    (await store().rooms.ownOf(userId, room.slug)).some(({ id }) => id === room.id),
    (await store().rooms.membershipsOf([userId])).some(({ roomId }) => roomId === room.id),
  ];
  const everywhere = [true, true, true];
  const nowhere = [false, false, false];

  describe('the list of own rooms', () => {
    it('has a direct room in which nobody has written for its opener alone', async () => {
      const [ada, bob] = [await addGuest(store()), await addGuest(store())];
      const room = await store().rooms.openDirect(ada.id, bob.id);
      expect(await listed(ada.id, room)).toEqual(everywhere);
      expect(await listed(bob.id, room)).toEqual(nowhere);
      expect(await store().rooms.hasDirect(ada.id, bob.id)).toBe(true);
      expect(await store().rooms.hasDirect(bob.id, ada.id)).toBe(false);
      // But they may open it.
      expect(await store().rooms.forUser(room.id, bob.id)).toMatchObject({ member: true });
      expect(await store().rooms.openDirect(bob.id, ada.id)).toMatchObject({ id: room.id });
      expect(await listed(bob.id, room)).toEqual(everywhere);
      expect(await store().rooms.hasDirect(bob.id, ada.id)).toBe(true);
    });

    it('has a direct room for both once someone has written', async () => {
      const [ada, bob] = [await addGuest(store()), await addGuest(store())];
      const room = await store().rooms.openDirect(ada.id, bob.id);
      const topic = { roomId: room.id, sender: ada, type: 'topic.changed', topic: 'look here' } as const;
      await store().log.append([topic]);
      expect(await listed(bob.id, room)).toEqual(nowhere);
      await store().log.append([aMessage(room, ada, 'psst')]);
      expect(await listed(bob.id, room)).toEqual(everywhere);
      expect(await store().rooms.hasDirect(bob.id, ada.id)).toBe(true);
      const own = await store().rooms.ofUser(bob.id);
      expect(own.find(({ id }) => id === room.id)).toMatchObject({ unread: 1, readSeq: 0, with: { id: ada.id } });
    });
  });

  it('counts the rooms that someone is in by their own acts', async () => {
    const [ada, bob] = [await addGuest(store()), await addGuest(store())];
    const counts = async () => [await store().rooms.countOwn(ada.id), await store().rooms.countOwn(bob.id)];
    expect(await counts()).toEqual([0, 0]);
    const lobby = await store().rooms.bySlug('lobby');
    await store().rooms.markRead(lobby?.id ?? '', ada.id, 0);
    const room = await addRoom(store(), ada);
    await store().log.append([aChange(room, bob, 'member.joined')]);
    expect(await counts()).toEqual([1, 1]);
    const direct = await store().rooms.openDirect(ada.id, bob.id);
    expect(await counts()).toEqual([2, 1]);
    // It can't be left: what is in use does not count.
    await store().log.append([aMessage(direct, ada, 'psst')]);
    await store().rooms.markRead(direct.id, bob.id, 1);
    expect(await counts()).toEqual([1, 1]);
    await store().log.append([aChange(room, bob, 'member.left')]);
    expect(await counts()).toEqual([1, 0]);
  });
}
