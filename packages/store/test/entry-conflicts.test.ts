/** Entrances of many at once through two replicas, on a real Postgres: who gets a nick, and that nobody waits for ever. */
import { randomBytes } from 'node:crypto';
import { pollFor } from '@parley/testkit';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_SESSIONS_OF_USER, type Store, StoreUnavailable, openStore } from '../src/index.ts';
import { type OpenedStore, addGuest, hasPostgres, newName, openTestStore } from './databases.ts';

describe.skipIf(!hasPostgres)('entering on postgres', () => {
  let opened: OpenedStore;
  let store: Store;
  let replica: Store;

  beforeEach(async () => {
    opened = await openTestStore('postgres');
    store = opened.store;
    replica = await openStore({ url: opened.url, dataDir: '', replica: 'second' });
  });
  afterEach(async () => {
    await replica.close();
    await opened.close();
  });

  const enter = (at: Store, nick: string) =>
    at.users.createGuest({ nick, key: nick, ttlMs: 60_000, expiresAt: new Date(Date.now() + 60_000) });

  /** How many statements wait for a lock. */
  const waitingOn = async (admin: Client): Promise<number | null> =>
    (
      await admin.query(
        "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      )
    ).rowCount;

  it('gives each nick to one of those who want it on two replicas in opposite orders', async () => {
    for (let round = 0; round < 10; round += 1) {
      const nicks = Array.from({ length: 30 }, () => newName('guest'));
      const [here, there] = await Promise.all([
        Promise.all(nicks.map((nick) => enter(store, nick))),
        Promise.all(nicks.toReversed().map((nick) => enter(replica, nick))),
      ]);
      const holders = await Promise.all(nicks.map(async (nick) => (await store.nicks.holder(nick))?.userId));
      const made = nicks.map((_, at) => [here[at], there.toReversed()[at]].filter((each) => each !== 'taken'));
      expect(made.map((each) => each.map((guest) => guest?.user.id))).toEqual(holders.map((holder) => [holder]));
    }
  });

  it('lets claims, renewals and releases of the same nicks pass each other', async () => {
    const people = await Promise.all(Array.from({ length: 30 }, () => addGuest(store)));
    const ids = people.map(({ id }) => id);
    const held = new Map(people.map(({ id, nick }) => [id, nick] as const));
    const claim = (at: Store, { id, nick }: { id: string; nick: string }) =>
      at.nicks.claim({ key: nick, nick, userId: id, ttlMs: 60_000 });
    for (let round = 0; round < 10; round += 1) {
      const claims = await Promise.all([
        ...people.map((each) => claim(store, each)),
        ...people.toReversed().map((each) => claim(replica, each)),
      ]);
      expect(new Set(claims)).toEqual(new Set(['claimed']));
      await Promise.all([
        store.nicks.renew(held, 60_000),
        replica.nicks.renew(new Map([...held].toReversed()), 60_000),
        ...people.toReversed().map((each) => claim(replica, each)),
        ...ids.map((id) => store.nicks.release(id)),
      ]);
    }
  });

  it('calls guests who take nicks on two replicas in opposite orders by one that they hold', async () => {
    const people = await Promise.all(Array.from({ length: 30 }, () => addGuest(store)));
    for (let round = 0; round < 10; round += 1) {
      const rename = ({ id }: { id: string }, at: Store) => {
        const nick = newName('taken');
        return at.nicks.claim({ key: nick, nick, userId: id, ttlMs: 60_000 });
      };
      const outcomes = await Promise.all([
        ...people.map((each) => rename(each, store)),
        ...people.toReversed().map((each) => rename(each, replica)),
      ]);
      expect(new Set(outcomes)).toEqual(new Set(['claimed']));
      const named = await Promise.all(people.map(async ({ id }) => store.users.get(id)));
      const holders = await Promise.all(named.map(async (user) => store.nicks.holder(user?.nick ?? '')));
      expect(holders.map((holder) => holder?.userId)).toEqual(people.map(({ id }) => id));
    }
  });

  it('gives a guest a new nick whose rows were changed while it waited for them', async () => {
    const guest = await enter(store, newName('guest'));
    if (guest === 'taken') throw new Error('The nick is new.');
    const { id, nick } = guest.user;
    const [other, admin] = [new Client({ connectionString: opened.url }), new Client({ connectionString: opened.url })];
    await Promise.all([other.connect(), admin.connect()]);
    await other.query('begin');
    await other.query('update nicks set expires_at = now() where key = $1', [nick]);
    const wanted = newName('wanted');
    const taking = store.nicks.claim({ key: wanted, nick: wanted, userId: id, ttlMs: 60_000 });
    await pollFor(() => waitingOn(admin), 1, { what: 'the claim to wait for the former nick' });
    // It has not locked the guest yet, or whoever keeps the nick could not go on.
    await other.query("update users set nick = 'other' where id = $1", [id]);
    await other.query('commit');
    expect(await taking).toBe('claimed');
    await Promise.all([other.end(), admin.end()]);
    expect((await store.users.get(id))?.nick).toBe(wanted);
    expect(await store.nicks.holder(nick)).toBeUndefined();
    expect(await replica.nicks.claim({ key: nick, nick, userId: (await addGuest(store)).id, ttlMs: 0 })).toBe(
      'claimed',
    );
  });

  it('frees a nick only where its guest was last: who has moved keeps it', async () => {
    const guest = await enter(store, newName('guest'));
    if (guest === 'taken') throw new Error('The nick is new.');
    const { id, nick } = guest.user;
    // The other one has not heard yet that they have gone there.
    expect(await replica.nicks.claim({ key: nick, nick, userId: id, ttlMs: 60_000 })).toBe('claimed');
    await store.nicks.release(id);
    expect((await store.nicks.holder(nick))?.userId).toBe(id);
    // And back, by a renewal alone.
    await store.nicks.renew(new Map([[id, nick]]), 60_000);
    await replica.nicks.release(id);
    expect((await store.nicks.holder(nick))?.userId).toBe(id);
    await store.nicks.release(id);
    expect(await store.nicks.holder(nick)).toBeUndefined();
  });

  it('lets two tabs of one browser show their cookies at once', async () => {
    const first = '0'.repeat(64);
    const issued = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')] as const;
    for (const next of issued) await store.cookies.issue(first, next);
    const holder = new Client({ connectionString: opened.url });
    const admin = new Client({ connectionString: opened.url });
    await Promise.all([holder.connect(), admin.connect()]);
    // The first row of all, so that both are under way before either goes on.
    await holder.query('begin');
    await holder.query('select 1 from browser_cookies where hash = $1 for update', [first]);
    const showing = Promise.all([store.cookies.show(issued[0], 60_000), replica.cookies.show(issued[1], 60_000)]);
    await pollFor(() => waitingOn(admin), 2, { what: 'both to wait' });
    await holder.query('rollback');
    await Promise.all([holder.end(), admin.end()]);
    const browser = first.slice(0, 32);
    expect(await showing).toEqual([browser, browser]);
  });

  it('keeps the places in the order in which they were put where the clock was set back', async () => {
    const ada = await addGuest(store);
    const keys = Array.from({ length: MAX_SESSIONS_OF_USER }, () => randomBytes(32).toString('hex'));
    const put = (key: string) => store.terminals.put(key, { userId: ada.id });
    await put(keys[0] ?? '');
    const admin = new Client({ connectionString: opened.url });
    await admin.connect();
    await admin.query("update terminal_sessions set updated_at = now() + interval '10 minutes' where key = $1", [
      keys[0],
    ]);
    await admin.end();
    for (const key of keys.slice(1)) await put(key);
    await put(randomBytes(32).toString('hex'));
    const found = await Promise.all(keys.map((key) => store.terminals.get(key)));
    expect(found.map((each) => each !== undefined)).toEqual(keys.map((_, at) => at > 0));
  });

  it('holds nothing that is kept for a user while their session can not be ended yet', async () => {
    const ada = await addGuest(store);
    const { id } = await store.sessions.create({ userId: ada.id, expiresAt: new Date(Date.now() + 60_000) });
    await store.terminals.put(newName('tab'), { userId: ada.id });
    const [holder, admin] = [new Client(opened.url), new Client(opened.url)];
    await Promise.all([holder.connect(), admin.connect()]);
    // As a change of password does: first the session, then what is kept.
    await holder.query('begin');
    await holder.query('select 1 from auth_sessions where id = $1 for update', [id]);
    const leaving = store.sessions.signOut(id);
    await pollFor(() => waitingOn(admin), 1, { what: 'the sign-out to wait' });
    const kept = 'select 1 from terminal_sessions where user_id = $1 for update nowait';
    expect((await holder.query(kept, [ada.id])).rowCount).toBe(1);
    await holder.query('rollback');
    await leaving;
    await Promise.all([holder.end(), admin.end()]);
  });

  it('forgets sessions in steps of fifty, so that their refresh tokens take none of them long', async () => {
    const ada = await addGuest(store);
    const [holder, admin] = [new Client(opened.url), new Client(opened.url)];
    await Promise.all([holder.connect(), admin.connect()]);
    await admin.query(
      `insert into auth_sessions (user_id, expires_at)
       select $1, now() - interval '1 year' + n * interval '1 minute' from generate_series(1, 120) n`,
      [ada.id],
    );
    const left = async () => (await admin.query('select 1 from auth_sessions where expires_at < now()')).rowCount;
    // The last one is in use, which holds up its step alone.
    await holder.query('begin');
    await holder.query(
      'select 1 from auth_sessions where expires_at < now() order by expires_at desc limit 1 for update',
    );
    const pruning = store.sessions.prune(new Date());
    await pollFor(left, 20);
    await holder.query('rollback');
    await pruning;
    expect(await left()).toBe(0);
    await Promise.all([holder.end(), admin.end()]);
  });

  it('is refused as unavailable for all who wait when the connection breaks, and works again after', async () => {
    const holder = new Client({ connectionString: opened.url });
    const admin = new Client({ connectionString: opened.url });
    await Promise.all([holder.connect(), admin.connect()]);
    // So that those who come wait in the database.
    await holder.query('begin');
    await holder.query('lock table nicks in exclusive mode');
    const nicks = Array.from({ length: 5 }, () => newName('guest'));
    const entering = Promise.allSettled(nicks.map((nick) => enter(store, nick)));
    const cutWaiting = async () =>
      (
        await admin.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock'`,
        )
      ).rowCount;
    await pollFor(cutWaiting, 1, { what: 'the statement to wait' });
    for (const each of await entering) {
      expect(each.status === 'rejected' && each.reason instanceof StoreUnavailable).toBe(true);
    }
    await holder.query('rollback');
    await Promise.all([holder.end(), admin.end()]);
    const after = await Promise.all(nicks.map((nick) => enter(store, nick)));
    expect(after.filter((each) => each !== 'taken')).toHaveLength(nicks.length);
  });
});
