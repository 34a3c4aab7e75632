/** People and their nicks. */
import { pollFor } from '@parley/testkit';
import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/index.ts';
import { addGuest, newName } from '../databases.ts';

export function describePeople(store: () => Store): void {
  describe('people', () => {
    it('keeps a guest and an account', async () => {
      const guest = await store().users.create({ nick: 'Ada', guest: true });
      expect(await store().users.get(guest.id)).toEqual({ id: guest.id, nick: 'Ada', guest: true });
      const key = newName('bob');
      const account = await store().users.createWithNick(
        { nick: 'Bob', guest: false, passwordHash: 'hash' },
        { key, ttlMs: 0 },
      );
      if (account === 'taken') throw new Error('taken');
      expect(await store().users.findAccount(key)).toEqual({ id: account.id, nick: 'Bob', passwordHash: 'hash' });
      await store().users.setPasswordHash(account.id, 'other');
      expect((await store().users.findAccount(key))?.passwordHash).toBe('other');
    });

    it('knows no one by an id that can not be one', async () => {
      for (const id of ['', '0', '-1', 'x', '1e3', '999999999999999999999', "1' or true"]) {
        expect(await store().users.get(id)).toBeUndefined();
      }
    });

    it('adds nobody when the nick is taken', async () => {
      const key = newName('ada');
      const before = (await store().users.list({ limit: 1 })).total;
      const results = await Promise.all(
        Array.from({ length: 5 }, () =>
          store().users.createWithNick({ nick: key, guest: true }, { key, ttlMs: 60_000 }),
        ),
      );
      expect(results.filter((result) => result !== 'taken')).toHaveLength(1);
      expect((await store().users.list({ limit: 1 })).total).toBe(before + 1);
    });

    it('finds no account behind a guest’s nick', async () => {
      const guest = await addGuest(store());
      await store().nicks.claim({ key: guest.nick, nick: guest.nick, userId: guest.id, ttlMs: 60_000 });
      expect(await store().users.findAccount(guest.nick)).toBeUndefined();
    });

    it('renames a guest, whose older lease goes', async () => {
      const guest = await addGuest(store());
      const other = newName('new');
      await store().nicks.claim({ key: guest.nick, nick: guest.nick, userId: guest.id, ttlMs: 60_000 });
      expect(await store().nicks.claim({ key: other, nick: other, userId: guest.id, ttlMs: 60_000 })).toBe('claimed');
      await store().users.rename(guest.id, other);
      expect(await store().nicks.holder(guest.nick)).toBeUndefined();
      expect((await store().users.get(guest.id))?.nick).toBe(other);
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
      expect(await store().nicks.renew([ada.id], 60_000)).toEqual(new Map([[ada.id, key]]));
      expect(await claim(bob.id, 60_000)).toBe('taken');
      await store().nicks.release(ada.id);
      expect(await claim(bob.id, 60_000)).toBe('claimed');
      expect(await store().nicks.renew([ada.id], 60_000)).toEqual(new Map());
    });

    it('never hands an account’s nick on', async () => {
      const key = newName('account');
      const account = await store().users.createWithNick(
        { nick: key, guest: false, passwordHash: 'hash' },
        { key, ttlMs: 0 },
      );
      if (account === 'taken') throw new Error('taken');
      const guest = await addGuest(store());
      await store().nicks.release(account.id);
      expect(await store().nicks.claim({ key, nick: key, userId: guest.id, ttlMs: 60_000 })).toBe('taken');
      expect(await store().nicks.holder(key)).toEqual({ userId: account.id, nick: key, guest: false, permanent: true });
    });
  });
}
