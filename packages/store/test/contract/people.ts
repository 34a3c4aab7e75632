/** People and their nicks. */
import { pollFor } from '@parley/testkit';
import { describe, expect, it } from 'vitest';
import type { Store, User } from '../../src/index.ts';
import { addGuest, newName } from '../databases.ts';

export function describePeople(store: () => Store): void {
  /** How many people came after one and before another. */
  async function countBetween(first: User, last: User): Promise<number> {
    const start = Number(first.id) + 1;
    const ids = Array.from({ length: Number(last.id) - start }, (_, at) => String(start + at));
    const found = await Promise.all(ids.map((id) => store().users.get(id)));
    return found.filter((user) => user !== undefined).length;
  }

  describe('people', () => {
    it('keeps an account, with a mark in the lobby', async () => {
      const key = newName('bob');
      const account = await store().users.createAccount({ nick: 'Bob', key, passwordHash: 'hash' });
      if (account === 'taken') throw new Error('taken');
      expect(await store().users.findAccount(key)).toEqual({ id: account.id, nick: 'Bob', passwordHash: 'hash' });
      const [lobby] = await store().rooms.ofUser(account.id);
      expect(lobby).toMatchObject({ slug: 'lobby', member: true, readSeq: lobby?.lastSeq, unread: 0 });
    });

    it('changes a password with all that the old one has opened, or not at all', async () => {
      const key = newName('cy');
      const account = await store().users.createAccount({ nick: key, key, passwordHash: 'old' });
      if (account === 'taken') throw new Error('taken');
      const session = { userId: account.id, expiresAt: new Date(Date.now() + 60_000) };
      const [own, other] = [await store().sessions.create(session), await store().sessions.create(session)];
      const tab = newName('tab');
      await store().terminals.put(tab, { userId: account.id });
      const change = (from: string, to: string, exceptSessionId = own.id) =>
        store().users.changePassword(account.id, { from, to, exceptSessionId });
      const isLeft = async () => ({
        password: (await store().users.findAccount(key))?.passwordHash,
        own: (await store().sessions.get(own.id))?.revokedAt === undefined,
        other: (await store().sessions.get(other.id))?.revokedAt === undefined,
        tab: (await store().terminals.get(tab)) !== undefined,
      });
      // It fails where sessions are revoked.
      await expect(change('old', 'new', 'no id')).rejects.toThrow('uuid');
      expect(await change('not the old one', 'new')).toBeUndefined();
      expect(await isLeft()).toEqual({ password: 'old', own: true, other: true, tab: true });
      expect(await change('old', 'new')).toEqual([other.id]);
      expect(await isLeft()).toEqual({ password: 'new', own: true, other: false, tab: false });
    });

    it('knows no one by an id that can not be one', async () => {
      for (const id of ['', '0', '-1', 'x', '1e3', '999999999999999999999', "1' or true"]) {
        expect(await store().users.get(id)).toBeUndefined();
      }
    });

    it('adds nobody when the nick is taken', async () => {
      const key = newName('ada');
      const before = await addGuest(store());
      const results = await Promise.all(
        Array.from({ length: 5 }, () => store().users.createAccount({ nick: key, key, passwordHash: 'hash' })),
      );
      expect(results.filter((result) => result !== 'taken')).toHaveLength(1);
      expect(await countBetween(before, await addGuest(store()))).toBe(1);
    });

    it('gives an account a nick whose lease has run out, for good', async () => {
      const [guest, key] = [await addGuest(store()), newName('late')];
      await store().nicks.claim({ key, nick: key, userId: guest.id, ttlMs: 0 });
      const account = await store().users.createAccount({ nick: key, key, passwordHash: 'hash' });
      if (account === 'taken') throw new Error('taken');
      expect(await store().users.get(account.id)).toEqual(account);
      expect(await store().nicks.holder(key)).toEqual({ userId: account.id, nick: key, guest: false, permanent: true });
    });

    it('makes a guest with a nick, a session and a mark in the lobby', async () => {
      const nick = newName('guest');
      const expiresAt = new Date(Date.now() + 60_000);
      const made = await store().users.createGuest({ nick, key: nick, ttlMs: 60_000, expiresAt });
      if (made === 'taken') throw new Error('taken');
      const { user, sessionId } = made;
      expect(await store().users.get(user.id)).toEqual({ id: user.id, nick, guest: true });
      expect(await store().nicks.holder(nick)).toEqual({ userId: user.id, nick, guest: true, permanent: false });
      const session = { id: sessionId, userId: user.id, expiresAt, revokedAt: undefined, user };
      expect(await store().sessions.get(sessionId)).toEqual(session);
      const [lobby] = await store().rooms.ofUser(user.id);
      expect(lobby).toMatchObject({ slug: 'lobby', member: true, readSeq: lobby?.lastSeq, unread: 0 });
    });

    it('makes many guests at once, and nobody whose nick is taken', async () => {
      const [owner, taken] = [await addGuest(store()), newName('taken')];
      await store().nicks.claim({ key: taken, nick: taken, userId: owner.id, ttlMs: 60_000 });
      const run = newName('out');
      await store().nicks.claim({ key: run, nick: run, userId: owner.id, ttlMs: 0 });
      await store().nicks.claim({ key: taken, nick: taken, userId: (await addGuest(store())).id, ttlMs: 60_000 });
      const before = await addGuest(store());
      const twice = newName('twice');
      const nicks = [twice, taken, newName('one'), run, twice, newName('two')];
      const expiresAt = new Date(Date.now() + 60_000);
      const made = await Promise.all(
        nicks.map((nick) => store().users.createGuest({ nick, key: nick, ttlMs: 60_000, expiresAt })),
      );
      expect(made.map((each) => each === 'taken' || each.user.nick)).toEqual(
        nicks.map((nick, at) => at === 1 || at === 4 || nick),
      );
      expect(await countBetween(before, await addGuest(store()))).toBe(4);
    });

    it('fails a guest alone who can not be stored', async () => {
      const expiresAt = new Date(Date.now() + 60_000);
      const nicks = [newName('good'), `${newName('bad')}\0`, newName('fine')];
      const made = await Promise.allSettled(
        nicks.map((nick) => store().users.createGuest({ nick, key: nick, ttlMs: 60_000, expiresAt })),
      );
      expect(made.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    });

    it('finds no account behind a guest’s nick', async () => {
      const guest = await addGuest(store());
      await store().nicks.claim({ key: guest.nick, nick: guest.nick, userId: guest.id, ttlMs: 60_000 });
      expect(await store().users.findAccount(guest.nick)).toBeUndefined();
    });

    it('calls a guest by the nick that they claim, in its spelling, and their older lease goes', async () => {
      const guest = await addGuest(store());
      const other = newName('new');
      await store().nicks.claim({ key: guest.nick, nick: guest.nick, userId: guest.id, ttlMs: 60_000 });
      for (const nick of [other, other.toUpperCase()]) {
        expect(await store().nicks.claim({ key: other, nick, userId: guest.id, ttlMs: 60_000 })).toBe('claimed');
        expect((await store().users.get(guest.id))?.nick).toBe(nick);
      }
      expect(await store().nicks.holder(guest.nick)).toBeUndefined();
    });

    it('leaves a guest whose claim is refused with the nick that they have', async () => {
      const [guest, owner] = [await addGuest(store()), await addGuest(store())];
      for (const { id, nick } of [guest, owner]) {
        await store().nicks.claim({ key: nick, nick, userId: id, ttlMs: 60_000 });
      }
      const wanted = { key: owner.nick, nick: owner.nick };
      expect(await store().nicks.claim({ ...wanted, userId: guest.id, ttlMs: 60_000 })).toBe('taken');
      expect((await store().nicks.holder(guest.nick))?.userId).toBe(guest.id);
      expect(await store().users.get(guest.id)).toEqual(guest);
    });
  });

  describe('nicks', () => {
    it('gives a nick to one of many who claim it at once', async () => {
      const key = newName('nick');
      const people = await Promise.all(Array.from({ length: 8 }, () => addGuest(store())));
      const results = await Promise.all(
        people.map(({ id }) => store().nicks.claim({ key, nick: key, userId: id, ttlMs: 60_000 })),
      );
      expect(results.filter((result) => result === 'claimed')).toHaveLength(1);
    });

    it('hands a guest’s nick on when its lease has run out, and not before', async () => {
      const [ada, bob] = [await addGuest(store()), await addGuest(store())];
      const key = newName('nick');
      const claim = (userId: string, ttlMs: number) => store().nicks.claim({ key, nick: key, userId, ttlMs });
      expect(await claim(ada.id, 60_000)).toBe('claimed');
      expect(await claim(bob.id, 60_000)).toBe('taken');
      expect(await claim(ada.id, 1)).toBe('claimed');
      await pollFor(() => store().nicks.holder(key), undefined);
      expect(await store().nicks.renew(new Map([[ada.id, key]]), 60_000)).toEqual(new Map());
      expect(await claim(bob.id, 60_000)).toBe('taken');
      await store().nicks.release(ada.id);
      expect(await claim(bob.id, 60_000)).toBe('claimed');
      expect(await store().nicks.renew(new Map([[ada.id, key]]), 60_000)).toEqual(new Map([[ada.id, undefined]]));
      const other = newName('nick');
      await store().nicks.claim({ key: other, nick: other, userId: ada.id, ttlMs: 60_000 });
      expect(await store().nicks.renew(new Map([[ada.id, key]]), 60_000)).toEqual(new Map([[ada.id, other]]));
    });

    it('is asked not to undo a newer nick, and does not', async () => {
      const guest = await addGuest(store());
      const [former, newer] = [{ key: guest.nick, nick: guest.nick }, newName('newer')];
      const again = { ...former, userId: guest.id, ttlMs: 60_000, unlessRenamed: true };
      expect(await store().nicks.claim(again)).toBe('claimed');
      await store().nicks.claim({ key: newer, nick: newer, userId: guest.id, ttlMs: 60_000 });
      expect(await store().nicks.claim(again)).toBe('taken');
      expect(await store().nicks.holder(guest.nick)).toBeUndefined();
      expect((await store().nicks.holder(newer))?.userId).toBe(guest.id);
      expect((await store().users.get(guest.id))?.nick).toBe(newer);
    });

    it('claims and frees many nicks at once, each for itself', async () => {
      const people = await Promise.all(Array.from({ length: 6 }, () => addGuest(store())));
      const claim = ({ id, nick }: { id: string; nick: string }) =>
        store().nicks.claim({ key: nick, nick, userId: id, ttlMs: 60_000 });
      expect(await Promise.all(people.map(claim))).toEqual(people.map(() => 'claimed'));
      const [first, second, ...others] = people;
      if (first === undefined || second === undefined) throw new Error('There is nobody.');
      const moved = { id: first.id, nick: newName('moved') };
      // The second one wants what the first one leaves, which has to wait for that.
      expect(await Promise.all([claim(moved), claim({ ...second, nick: first.nick })])).toEqual(['claimed', 'taken']);
      await Promise.all([store().nicks.release(first.id), ...others.map(({ id }) => store().nicks.release(id))]);
      const holders = await Promise.all([moved, ...people].map(async ({ nick }) => store().nicks.holder(nick)));
      expect(holders.map((holder) => holder?.userId)).toEqual([
        undefined,
        undefined,
        second.id,
        ...others.map(() => undefined),
      ]);
    });

    it('never hands an account’s nick on', async () => {
      const key = newName('account');
      const account = await store().users.createAccount({ nick: key, key, passwordHash: 'hash' });
      if (account === 'taken') throw new Error('taken');
      const guest = await addGuest(store());
      await store().nicks.release(account.id);
      expect(await store().nicks.claim({ key, nick: key, userId: guest.id, ttlMs: 60_000 })).toBe('taken');
      expect(await store().nicks.holder(key)).toEqual({ userId: account.id, nick: key, guest: false, permanent: true });
    });
  });
}
