/** Rooms, members, invitations and read marks. */
import { describe, expect, it } from 'vitest';
import type { Membership, Store, User } from '../../src/index.ts';
import { aChange, aMessage, addGuest, addRoom, newName, readWholeLog } from '../databases.ts';

export function describeRooms(store: () => Store): void {
  const lobby = async () => {
    const room = await store().rooms.bySlug('lobby');
    if (room === undefined) throw new Error('There is no lobby.');
    return room;
  };

  describe('rooms', () => {
    it('has a lobby, which is everyone’s', async () => {
      const guest = await addGuest(store());
      expect(await lobby()).toMatchObject({ slug: 'lobby', kind: 'public', open: true });
      expect((await store().rooms.ofUser(guest.id)).map((room) => room.slug)).toEqual(['lobby']);
      expect(await store().rooms.forUser((await lobby()).id, guest.id)).toMatchObject({
        member: true,
        readSeq: (await lobby()).lastSeq,
        unread: 0,
      });
    });

    it('puts the creator into a new room, as its first event', async () => {
      const ada = await addGuest(store());
      const room = await addRoom(store(), ada);
      expect(room).toMatchObject({ lastSeq: 1, messageCount: 0, memberCount: 1 });
      const [event] = await readWholeLog(store(), room.id);
      expect(event).toMatchObject({ seq: 1, type: 'member.joined', from: { id: ada.id, nick: ada.nick } });
      expect(await store().rooms.forUser(room.id, ada.id)).toMatchObject({ member: true, readSeq: 1, unread: 0 });
    });

    it('makes one room of many made at once under one name', async () => {
      const ada = await addGuest(store());
      const slug = newName('room');
      const made = await Promise.all(
        Array.from({ length: 5 }, () =>
          store().rooms.create({ slug, key: slug, title: '', topic: '', kind: 'public', creator: ada }),
        ),
      );
      expect(made.filter((result) => result !== 'exists')).toHaveLength(1);
      expect((await store().rooms.bySlug(slug))?.memberCount).toBe(1);
    });

    it('lists public rooms to all and private ones to their members', async () => {
      const [ada, bob] = [await addGuest(store()), await addGuest(store())];
      const open = await addRoom(store(), ada);
      const secret = await addRoom(store(), ada, 'private');
      const own = async (userId: string) => (await store().rooms.ownOf(userId)).map(({ slug }) => slug);
      expect(await own(ada.id)).toEqual(['lobby', ...[open.slug, secret.slug].toSorted()]);
      expect(await own(bob.id)).toEqual(['lobby']);
      const seen = (await store().rooms.publicOnes()).map(({ slug }) => slug);
      expect(seen[0]).toBe('lobby');
      expect(seen).toContain(open.slug);
      expect(seen).not.toContain(secret.slug);
      expect(await store().rooms.publicOnes(open.slug)).toMatchObject([{ slug: open.slug, member: false, unread: 0 }]);
      expect(await store().rooms.publicOnes(secret.slug)).toEqual([]);
    });

    it('lists public rooms where most people are first, and those of one creator after one of each other', async () => {
      const [ada, bob, eve] = [await addGuest(store()), await addGuest(store()), await addGuest(store())];
      const [small, first, second] = [
        await addRoom(store(), bob),
        await addRoom(store(), ada),
        await addRoom(store(), ada),
      ];
      const large = await addRoom(store(), ada);
      await store().log.append([bob, eve].map((user) => aChange(large, user, 'member.joined')));
      // Later than all of them.
      const many = await Promise.all(Array.from({ length: 510 }, () => addRoom(store(), eve)));
      const listed = (await store().rooms.publicOnes()).map(({ slug }) => slug);
      expect(listed).toHaveLength(500);
      const place = ({ slug }: { slug: string }): number => listed.indexOf(slug);
      expect(place(large)).toBeGreaterThan(0);
      expect(place(large)).toBeLessThan(place(small));
      for (const room of [small, second, first]) expect(place(room)).toBeGreaterThan(place(large));
      // The newest of each creator, then the next of each.
      expect(place(second)).toBeLessThan(place(first));
      expect(many.filter((room) => place(room) !== -1 && place(room) < place(small))).toHaveLength(1);
      expect(many.filter((room) => place(room) !== -1 && place(room) < place(first))).toHaveLength(2);
    });

    it('lists a public room that all have left only to those who look for it, after the others', async () => {
      const [ada, bob] = [await addGuest(store()), await addGuest(store())];
      const start = newName('left');
      const make = async (slug: string, creator: User) => {
        const made = await store().rooms.create({ slug, key: slug, title: '', topic: '', kind: 'public', creator });
        if (made === 'exists') throw new Error(`There already is a room ${slug}.`);
        return made.room;
      };
      const [left, kept] = [await make(`${start}-1`, ada), await make(`${start}-2`, bob)];
      await store().log.append([aChange(left, ada, 'member.left')]);
      const slugs = async (match?: string) => (await store().rooms.publicOnes(match)).map(({ slug }) => slug);
      expect(await slugs()).not.toContain(left.slug);
      expect(await slugs(start)).toEqual([kept.slug, left.slug]);
    });

    it('finds the public room of the very name first, however many others have it in theirs', async () => {
      const [ada, bob] = [await addGuest(store()), await addGuest(store())];
      const room = await addRoom(store(), ada);
      await store().log.append([aChange(room, ada, 'member.left')]);
      for (let made = 0; made < 3; made += 1) {
        const slug = newName(`${room.slug}-x`);
        await store().rooms.create({ slug, key: slug, title: '', topic: '', kind: 'public', creator: bob });
      }
      const found = (await store().rooms.publicOnes(room.slug)).map(({ slug }) => slug);
      expect(found).toHaveLength(4);
      expect(found[0]).toBe(room.slug);
    });

    it('lists those that one is invited to, taking turns between who made them', async () => {
      const [ada, bob, eve] = [await addGuest(store()), await addGuest(store()), await addGuest(store())];
      const friendly = [await addRoom(store(), bob, 'private'), await addRoom(store(), bob)];
      for (const room of friendly) await store().rooms.invite(room.id, ada.id);
      const many = await Promise.all(Array.from({ length: 210 }, () => addRoom(store(), eve, 'private')));
      await Promise.all(many.map((room) => store().rooms.invite(room.id, ada.id)));
      const invited = await store().rooms.invitedTo(ada.id);
      expect(invited).toHaveLength(200);
      const places = friendly.map(({ slug }) => invited.findIndex((row) => row.slug === slug));
      for (const place of places) expect([0, 1, 2, 3]).toContain(place);
      expect(await store().rooms.invitedTo(ada.id, friendly[0]?.slug)).toMatchObject([
        { slug: friendly[0]?.slug, member: false, unread: 0 },
      ]);
      expect(await store().rooms.invitedTo(bob.id)).toEqual([]);
      await store().log.append(friendly.map((room) => aChange(room, ada, 'member.joined')));
      expect((await store().rooms.invitedTo(ada.id)).some(({ slug }) => slug === friendly[0]?.slug)).toBe(false);
    });

    it('lists all of one’s own rooms, however many', async () => {
      const ada = await addGuest(store());
      const many = await Promise.all(Array.from({ length: 501 }, () => addRoom(store(), ada)));
      const listed = new Set((await store().rooms.ownOf(ada.id)).map(({ slug }) => slug));
      expect(many.filter(({ slug }) => !listed.has(slug))).toEqual([]);
    });

    it('matches parts of names and titles, and takes % and _ as they are', async () => {
      const ada = await addGuest(store());
      const slug = newName('a_b');
      await store().rooms.create({ slug, key: slug, title: '100% Tea', topic: '', kind: 'public', creator: ada });
      const found = async (match: string) => (await store().rooms.publicOnes(match)).map((room) => room.slug);
      expect(await found(slug.slice(1))).toEqual([slug]);
      expect(await found('0% TEA')).toContain(slug);
      expect(await found(slug.replace('_', 'x'))).toEqual([]);
      expect(await found('%_%')).toEqual([]);
    });

    it('opens one direct room for two, whoever opens it', async () => {
      const [ada, bob] = [await addGuest(store()), await addGuest(store())];
      const opened = await Promise.all([
        store().rooms.openDirect(ada.id, bob.id),
        store().rooms.openDirect(bob.id, ada.id),
        store().rooms.openDirect(ada.id, bob.id),
      ]);
      expect(new Set(opened.map((room) => room.id)).size).toBe(1);
      expect(opened[0]).toMatchObject({ kind: 'direct', slug: `@${opened[0].id}`, memberCount: 2, lastSeq: 0 });
      const { rows } = await store().rooms.members(opened[0].id, { limit: 3 });
      expect(rows.map(({ userId }) => userId)).toEqual([ada.id, bob.id]);
      expect(await store().rooms.forUser(opened[0].id, ada.id)).toMatchObject({ with: { id: bob.id, nick: bob.nick } });
      expect(await store().rooms.bySlug(opened[0].slug)).toEqual(opened[0]);
    });

    it('pages through the members', async () => {
      const ada = await addGuest(store());
      const room = await addRoom(store(), ada);
      const others = await Promise.all(Array.from({ length: 4 }, () => addGuest(store())));
      await store().log.append(others.map((user) => aChange(room, user, 'member.joined')));
      const first = await store().rooms.members(room.id, { limit: 3 });
      expect(first).toMatchObject({ total: 5, more: true });
      const second = await store().rooms.members(room.id, { limit: 3, after: first.rows[2]?.userId });
      expect(second).toMatchObject({ total: 5, more: false });
      const ids = [...first.rows, ...second.rows].map((member) => member.userId);
      expect(ids.toSorted()).toEqual([ada, ...others].map((user) => user.id).toSorted());
    });

    it('uses an invitation up with the join', async () => {
      const [ada, bob] = [await addGuest(store()), await addGuest(store())];
      const room = await addRoom(store(), ada, 'private');
      expect(await store().rooms.isInvited(room.id, bob.id)).toBe(false);
      await store().rooms.invite(room.id, bob.id);
      await store().rooms.invite(room.id, bob.id);
      expect(await store().rooms.isInvited(room.id, bob.id)).toBe(true);
      await store().log.append([aChange(room, bob, 'member.joined')]);
      expect(await store().rooms.isInvited(room.id, bob.id)).toBe(false);
    });

    it('moves a read mark forward only, never beyond the head', async () => {
      const [ada, bob] = [await addGuest(store()), await addGuest(store())];
      const room = await addRoom(store(), ada);
      await store().log.append([aChange(room, bob, 'member.joined')]);
      await store().log.append(['one', 'two', 'three'].map((text) => aMessage(room, ada, text)));
      expect(await store().rooms.forUser(room.id, bob.id)).toMatchObject({ member: true, readSeq: 2, unread: 3 });
      expect(await store().rooms.markRead(room.id, bob.id, 4)).toMatchObject({ readSeq: 4, unread: 1 });
      expect(await store().rooms.markRead(room.id, bob.id, 3)).toMatchObject({ readSeq: 4, unread: 1 });
      expect(await store().rooms.markRead(room.id, bob.id, 6)).toBe('beyond_head');
      expect(await store().rooms.markRead(room.id, bob.id, 5)).toMatchObject({
        readSeq: 5,
        readMessages: 3,
        unread: 0,
      });
      const rooms = await store().rooms.ofUser(bob.id);
      expect(rooms.find(({ id }) => id === room.id)).toMatchObject({
        lastSeq: 5,
        readSeq: 5,
        unread: 0,
        memberCount: 2,
      });
    });

    it('tells of many people which rooms they are in, and how much of each they have read', async () => {
      const [ada, bob] = [await addGuest(store()), await addGuest(store())];
      const [room, left] = [await addRoom(store(), ada), await addRoom(store(), bob)];
      await store().log.append([
        aChange(room, bob, 'member.joined'),
        aMessage(room, ada, 'one'),
        aMessage(room, ada, 'two'),
      ]);
      await store().rooms.markRead(room.id, bob.id, 3);
      await store().log.append([aChange(left, bob, 'member.left')]);
      const { id: lobbyId, messageCount } = await lobby();
      const found = await store().rooms.membershipsOf([ada.id, bob.id]);
      const byUserAndRoom = (memberships: readonly Membership[]): Membership[] =>
        memberships.toSorted((a, b) => Number(a.userId) - Number(b.userId) || Number(a.roomId) - Number(b.roomId));
      expect(byUserAndRoom(found)).toEqual(
        byUserAndRoom([
          { userId: ada.id, roomId: lobbyId, messagesRead: messageCount },
          { userId: ada.id, roomId: room.id, messagesRead: 0 },
          { userId: bob.id, roomId: lobbyId, messagesRead: messageCount },
          { userId: bob.id, roomId: room.id, messagesRead: 1 },
        ]),
      );
    });

    it('counts messages as unread, joins and topics not', async () => {
      const [ada, bob, eve] = [await addGuest(store()), await addGuest(store()), await addGuest(store())];
      const room = await addRoom(store(), ada);
      await store().log.append([aChange(room, bob, 'member.joined'), aMessage(room, ada, 'hello')]);
      await store().log.append([
        aChange(room, eve, 'member.joined'),
        { roomId: room.id, sender: ada, type: 'topic.changed', topic: 'tea' },
        aChange(room, eve, 'member.left'),
      ]);
      expect(await store().rooms.forUser(room.id, bob.id)).toMatchObject({ member: true, readSeq: 2, unread: 1 });
      expect(await store().rooms.forUser(room.id, eve.id)).toMatchObject({ member: false });
    });

    it('tells the heads of the rooms that there are', async () => {
      const room = await addRoom(store(), await addGuest(store()));
      const { id: roomId, slug } = room;
      expect(await store().rooms.heads([roomId, '123456789', 'x'])).toEqual(
        new Map([[roomId, { roomId, room: slug, lastSeq: 1, messages: 0 }]]),
      );
    });
  });
}
