/** What else is kept: activity, secrets, terminal sessions. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MAX_SESSIONS_OF_USER, type Store } from '../../src/index.ts';
import { addGuest, newName } from '../databases.ts';

/** A grace that is over, also where the machine's clock is set back a little meanwhile. */
const GONE = -60_000;

export function describeRecords(store: () => Store): void {
  describe('activity', () => {
    it('gives the newest of a span of time, and forgets the old', async () => {
      const day = Date.UTC(2020, 0, 1);
      const rows = Array.from({ length: 5 }, (_, n) => ({
        at: new Date(day + n * 1000),
        userId: '7',
        nick: 'ada',
        kind: n % 2 === 0 ? ('connected' as const) : ('disconnected' as const),
      }));
      await store().activity.record(rows);
      await store().activity.record([]);
      const span = { from: new Date(day), to: new Date(day + 4000) };
      expect(await store().activity.between({ ...span, limit: 2 })).toEqual(rows.slice(2, 4));
      await store().activity.prune(new Date(day + 3000));
      expect(await store().activity.between({ ...span, limit: 10 })).toEqual(rows.slice(3, 4));
    });
  });

  describe('secrets', () => {
    it('are made once, whoever asks first', async () => {
      const name = newName('secret');
      const values = await Promise.all(
        Array.from({ length: 6 }, (_, n) => store().secrets.getOrCreate(name, () => `value ${n}`)),
      );
      expect(new Set(values).size).toBe(1);
      expect(await store().secrets.getOrCreate(name, () => 'other')).toBe(values[0]);
    });
  });

  describe('browser cookies', () => {
    const newHash = (): string => randomBytes(32).toString('hex');
    const cookies = () => store().cookies;

    it('name the same browser while each replaces the one before', async () => {
      const [first, second, third] = [newHash(), newHash(), newHash()];
      const browser = await cookies().show(first, 60_000);
      expect(browser).toBe(first.slice(0, 32));
      expect(await cookies().issue(first, second)).toBe(browser);
      expect(await cookies().show(second, 60_000)).toBe(browser);
      expect(await cookies().issue(second, third)).toBe(browser);
      expect(await cookies().show(third, 60_000)).toBe(browser);
      expect(await cookies().show(second, 60_000)).toBe(browser);
    });

    it('work no more when the grace is over, a first one neither', async () => {
      const [first, second, third] = [newHash(), newHash(), newHash()];
      await cookies().issue(first, second);
      await cookies().show(second, GONE);
      expect(await cookies().show(first, GONE)).toBeUndefined();
      expect(await cookies().issue(first, newHash())).toBeUndefined();
      const browser = await cookies().issue(second, third);
      expect(browser).toBe(first.slice(0, 32));
      await cookies().show(third, GONE);
      // Gone without a trace, it is a stranger's: a browser that nothing was ever kept for.
      expect(await cookies().show(second, GONE)).not.toBe(browser);
      expect(await cookies().show(first, GONE)).toBeUndefined();
      expect(await cookies().show(third, GONE)).toBe(browser);
    });

    it('stay when the page that brought the next one never came', async () => {
      const [first, lost, second] = [newHash(), newHash(), newHash()];
      const browser = await cookies().issue(first, lost);
      expect(await cookies().show(first, GONE)).toBe(browser);
      await cookies().issue(first, second);
      await cookies().show(second, GONE);
      expect(await cookies().show(lost, GONE)).not.toBe(browser);
    });

    it('may cross: of two that were issued to one, the later shown is the current one', async () => {
      const [first, one, other] = [newHash(), newHash(), newHash()];
      const browser = await cookies().issue(first, one);
      await cookies().issue(first, other);
      await Promise.all([cookies().show(one, 60_000), cookies().show(one, 60_000)]);
      expect(await cookies().show(other, GONE)).toBe(browser);
      expect(await cookies().show(other, GONE)).toBe(browser);
      expect(await cookies().show(one, GONE)).toBeUndefined();
    });

    it('are forgotten with age', async () => {
      const [first, second] = [newHash(), newHash()];
      await cookies().issue(first, second);
      await cookies().prune(new Date(Date.now() + 60_000));
      expect(await cookies().show(second, GONE)).toBe(second.slice(0, 32));
    });
  });

  describe('terminal sessions', () => {
    it('come back as they were put, and are gone when removed', async () => {
      const ada = await addGuest(store());
      const key = randomBytes(32).toString('hex');
      const session = { userId: ada.id, room: 'dev', scroll: { seq: 4, row: 1 }, draft: 'half a\nthought 😀' };
      await store().terminals.put(key, { userId: ada.id });
      expect(await store().terminals.get(key)).toEqual({ userId: ada.id });
      await store().terminals.put(key, session);
      expect(await store().terminals.get(key)).toEqual(session);
      await store().terminals.remove(key);
      expect(await store().terminals.get(key)).toBeUndefined();
    });

    it('are put and found many at once, each for itself and in order', async () => {
      const ada = await addGuest(store());
      const keys = Array.from({ length: 4 }, () => randomBytes(32).toString('hex'));
      const drafts = keys.map((key, at) => ({ key, draft: at === 2 ? 'not \0 storable' : `draft ${at}` }));
      const later = drafts.map(({ key }, at) => ({ key, draft: `later ${at}` })).slice(0, 2);
      const put = ({ key, draft }: { key: string; draft: string }) =>
        store().terminals.put(key, { userId: ada.id, draft });
      const outcomes = await Promise.allSettled([...drafts, ...later].map(put));
      expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([true, true, false, true, true, true]);
      const found = await Promise.all(keys.map((key) => store().terminals.getWithUser(key)));
      expect(found.map((each) => each?.kept.draft)).toEqual(['later 0', 'later 1', undefined, 'draft 3']);
      expect(found[0]?.user).toEqual({ id: ada.id, nick: ada.nick, guest: true });
    });

    it('are so many a user: a new one takes the place of the oldest, and of nobody else’s', async () => {
      const [ada, bob] = [await addGuest(store()), await addGuest(store())];
      const newKeys = (count: number) => Array.from({ length: count }, () => randomBytes(32).toString('hex'));
      const put = (key: string, userId = ada.id) => store().terminals.put(key, { userId });
      const kept = async (keys: readonly string[]) => {
        const found = await Promise.all(keys.map((key) => store().terminals.get(key)));
        return keys.filter((_, at) => found[at] !== undefined);
      };
      const [bobKeys, first, second, rest] = [newKeys(1), newKeys(1), newKeys(1), newKeys(MAX_SESSIONS_OF_USER - 2)];
      for (const key of bobKeys) await put(key, bob.id);
      for (const key of [...first, ...second, ...rest]) await put(key);
      // The first one is the newest now; putting what is there already costs no other its place.
      await put(first[0] ?? '');
      expect(await kept([...first, ...second, ...rest])).toEqual([...first, ...second, ...rest]);
      const [more, others] = [newKeys(1), newKeys(3)];
      await put(more[0] ?? '');
      expect(await kept([...first, ...second, ...rest, ...more])).toEqual([...first, ...rest, ...more]);
      await Promise.all(others.map((key) => put(key)));
      expect(await kept([...first, ...rest, ...more, ...others])).toEqual([
        ...first,
        ...rest.slice(3),
        ...more,
        ...others,
      ]);
      expect(await kept(bobKeys)).toEqual(bobKeys);
    });

    it('go with their user’s sign-out and with age', async () => {
      const [ada, bob] = [await addGuest(store()), await addGuest(store())];
      const [adaKey, bobKey] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')];
      await store().terminals.put(adaKey, { userId: ada.id, draft: 'a' });
      await store().terminals.put(bobKey, { userId: bob.id, draft: 'b' });
      await store().terminals.removeUser(ada.id);
      expect(await store().terminals.get(adaKey)).toBeUndefined();
      await store().terminals.prune(new Date(Date.now() - 60_000));
      expect(await store().terminals.get(bobKey)).toBeDefined();
      await store().terminals.prune(new Date(Date.now() + 60_000));
      expect(await store().terminals.get(bobKey)).toBeUndefined();
    });
  });
}
