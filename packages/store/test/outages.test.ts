/** A Postgres that is not there yet, goes away, falls silent and comes back; and databases that can't be used. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createTestDatabase, pollFor, type TestDatabase } from '@parley/testkit';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type NewEvent, type Store, StoreRefused, StoreUnavailable, type User, openStore } from '../src/index.ts';
import { aChange, aMessage, addGuest, addRoom, hasPostgres, readWholeLog } from './databases.ts';
import { TornWire } from './torn-wire.ts';

describe('an address that can not be one', () => {
  it('is refused without repeating it, for it may hold a password', async () => {
    for (const url of ['mysql://ada:hunter2@localhost/x', 'hunter2', 'postgres://ada:hunter2@[::/x']) {
      const refused = openStore({ url, dataDir: '', replica: 'test' });
      await expect(refused).rejects.toBeInstanceOf(StoreRefused);
      await expect(refused).rejects.not.toThrow('hunter2');
    }
  });
});

describe('a Postgres whose TLS does not come about', () => {
  it('is refused when a file of the address is not there', async () => {
    const url = 'postgres://ada:hunter2@127.0.0.1:1/x?sslrootcert=/no/ca.pem';
    const opening = openStore({ url, dataDir: '', replica: 'test' });
    await expect(opening).rejects.toBeInstanceOf(StoreRefused);
    await expect(opening).rejects.toThrow(/^The database address can't be used: ENOENT: .*'\/no\/ca\.pem'\.$/);
  });

  it('is refused with its place and the reason', async () => {
    const server = createServer((socket) => {
      // It says yes to the question for TLS, and then does not speak it.
      socket.once('data', () => {
        socket.write('S');
        socket.once('data', () => socket.end('no TLS'));
      });
      socket.on('error', () => {});
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const url = `postgres://ada:hunter2@127.0.0.1:${port}/x?sslmode=no-verify`;
    const opening = openStore({ url, dataDir: '', replica: 'test' });
    await expect(opening).rejects.toBeInstanceOf(StoreRefused);
    await expect(opening).rejects.toThrow(new RegExp(`^Postgres at 127\\.0\\.0\\.1:${port} can't be used: .*SSL`));
    server.close();
  });
});

const isLost = (error: unknown): boolean => error instanceof StoreUnavailable && error.lost;

/** Counts, until the test is over, how often a connection is made and a statement is sent. */
function spyOnClients(): { connects: () => number; queries: () => number } {
  const connect = vi.spyOn(Client.prototype, 'connect');
  const query = vi.spyOn(Client.prototype, 'query');
  onTestFinished(() => {
    connect.mockRestore();
    query.mockRestore();
  });
  return { connects: () => connect.mock.calls.length, queries: () => query.mock.calls.length };
}

describe.skipIf(!hasPostgres)('a Postgres that is not always there', () => {
  let database: TestDatabase;
  let wire: TornWire;
  let store: Store | undefined;

  beforeEach(async () => {
    database = await createTestDatabase();
    wire = new TornWire(database.url);
    await wire.open();
  });
  afterEach(async () => {
    await store?.close();
    store = undefined;
    await wire.close();
    await database.drop();
  });
  const open = async (): Promise<Store> => {
    store = await openStore({ url: wire.url, dataDir: '', replica: 'test' });
    return store;
  };

  it('is waited for in words', async () => {
    await wire.close();
    const notices: string[] = [];
    const opening = openStore({ url: wire.url, dataDir: '', replica: 'test', onNotice: (text) => notices.push(text) });
    await pollFor(() => notices.length, 1);
    expect(notices[0]).toMatch(/^Waiting for Postgres at 127\.0\.0\.1:\d+ …$/);
    await wire.open();
    store = await opening;
    await store.ping();
    expect(notices).toHaveLength(1);
  });

  it('is given up in words', async () => {
    await wire.close();
    const opening = openStore({ url: wire.url, dataDir: '', replica: 'test', connectTimeoutMs: 300 });
    await expect(opening).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(opening).rejects.toThrow(/could not be reached within 0 s: connect ECONNREFUSED .* Start it/);
  });

  it('is refused at once when waiting can not help', async () => {
    const url = new URL(database.url);
    url.pathname = '/no_such_database';
    const opening = openStore({ url: url.href, dataDir: '', replica: 'test' });
    await expect(opening).rejects.toBeInstanceOf(StoreRefused);
    await expect(opening).rejects.toThrow('there is no such database');
  });

  it.each([
    ['sslmode=no-verify', 'The server does not support SSL connections'],
    ['options=-c%20search_path%3Dno_such_schema', 'no schema has been selected to create in'],
  ])('is refused in words when it can not be used: %s', async (parameter, reason) => {
    const { host } = new URL(database.url);
    const opening = openStore({ url: `${database.url}?${parameter}`, dataDir: '', replica: 'test' });
    await expect(opening).rejects.toBeInstanceOf(StoreRefused);
    await expect(opening).rejects.toThrow(`Postgres at ${host} can't be used: ${reason}.`);
  });

  it('makes every request fail as unavailable while it is gone, and comes back by itself', async () => {
    const opened = await open();
    const ada = await addGuest(opened);
    const room = await addRoom(opened, ada);
    await wire.close();
    // What broke under it is told otherwise, and once.
    await pollFor(() => opened.ping().catch(isLost), true);
    const { connects } = spyOnClients();
    const requests = [
      () => opened.ping(),
      () => opened.users.get(ada.id),
      () => addGuest(opened),
      () => opened.rooms.ofUser(ada.id),
      () => opened.log.page({ roomId: room.id, limit: 1 }),
    ];
    for (const request of requests) {
      await expect(request()).rejects.toMatchObject({ name: 'StoreUnavailable', lost: true });
    }
    const outcomes = await opened.log.append([aMessage(room, ada, 'lost')]);
    expect(outcomes).toMatchObject([{ status: 'failed', error: { name: 'StoreUnavailable', lost: true } }]);
    // None is tried again: who asks is told at once.
    expect(connects()).toBe(requests.length + 1);
    await wire.open();
    await pollFor(() => opened.ping(), undefined);
    expect(await opened.log.append([aMessage(room, ada, 'back')])).toMatchObject([{ status: 'appended' }]);
    expect(await readWholeLog(opened, room.id)).toHaveLength(2);
  });

  it('does not take the process with it when it cuts idle connections', async () => {
    const opened = await open();
    await Promise.all(Array.from({ length: 5 }, () => opened.ping()));
    wire.cut();
    await pollFor(() => opened.ping(), undefined);
    expect(await opened.rooms.bySlug('lobby')).toBeDefined();
  });

  it('is told as unavailable when it falls silent, also to those who queue', async () => {
    const opened = await open();
    await opened.ping();
    wire.fallSilent();
    const { connects, queries } = spyOnClients();
    const results = await Promise.allSettled(Array.from({ length: 40 }, () => opened.ping()));
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected', reason: { name: 'StoreUnavailable' } });
    }
    // Those of the pool's ten connections; the other thirty were told what these found.
    expect(connects() + queries()).toBe(10);
    wire.speakAgain();
    await pollFor(() => opened.ping(), undefined);
  });

  it('is gone, too, while it lets nobody in, and what it kept before is found afterwards', async () => {
    const opened = await open();
    const ada = await addGuest(opened);
    const room = await addRoom(opened, ada);
    const url = new URL(database.url);
    const name = url.pathname.slice(1);
    url.pathname = '/postgres';
    const admin = new Client({ connectionString: url.href });
    await admin.connect();
    try {
      // Who is in stays in.
      await admin.query(`alter database ${name} with allow_connections false`);
      const message = aMessage(room, ada, 'kept, as it turns out');
      wire.swallowAnswerTo('append_one_message');
      expect(await opened.log.append([message])).toMatchObject([
        { status: 'failed', error: { name: 'StoreUnavailable', outcomeUnknown: true } },
      ]);
      await expect(opened.ping()).rejects.toMatchObject({ name: 'StoreUnavailable', lost: true });
      expect(await opened.log.append([aMessage(room, ada, 'refused')])).toMatchObject([
        { status: 'failed', error: { name: 'StoreUnavailable', outcomeUnknown: false } },
      ]);
      await admin.query(`alter database ${name} with allow_connections true`);
      expect(await opened.log.append([message])).toMatchObject([{ status: 'duplicate', seq: 2 }]);
    } finally {
      await admin.end();
    }
  });

  describe('that gets a request long after it was refused', () => {
    const topicOf = (room: { id: string }, sender: User, topic: string): NewEvent => ({
      roomId: room.id,
      sender,
      type: 'topic.changed',
      topic,
    });
    /** Refuses a change of the topic, of which the wire still holds the request; all connections have to be made anew. */
    const refuseLate = async (opened: Store, room: { id: string }, sender: User): Promise<void> => {
      wire.hold('topic.changed');
      const refused = opened.log.append([topicOf(room, sender, 'old topic')]);
      await pollFor(() => wire.holds, true);
      await wire.close();
      expect(await refused).toMatchObject([{ status: 'failed', error: { outcomeUnknown: true } }]);
      await wire.open();
    };

    it('does not let it undo what is newer', async () => {
      const opened = await open();
      const ada = await addGuest(opened);
      const room = await addRoom(opened, ada);
      await refuseLate(opened, room, ada);
      expect(await opened.log.append([topicOf(room, ada, 'new topic')])).toMatchObject([{ status: 'appended' }]);
      await wire.deliverHeld();
      expect(await opened.rooms.bySlug(room.slug)).toMatchObject({ topic: 'new topic', lastSeq: 2 });
      expect(await readWholeLog(opened, room.id)).toHaveLength(2);
    });

    it('does not let it come after where the logs end has been asked', async () => {
      const opened = await open();
      const ada = await addGuest(opened);
      const room = await addRoom(opened, ada);
      await refuseLate(opened, room, ada);
      expect((await opened.rooms.heads([room.id])).get(room.id)?.lastSeq).toBe(1);
      await wire.deliverHeld();
      expect(await readWholeLog(opened, room.id)).toHaveLength(1);
    });

    it('goes on, and ends nobody’s connection, behind a pooler', async () => {
      wire.hidePids();
      const opened = await open();
      const ada = await addGuest(opened);
      const room = await addRoom(opened, ada);
      await refuseLate(opened, room, ada);
      expect(await opened.log.append([aMessage(room, ada, 'hello')])).toMatchObject([{ status: 'appended' }]);
      await wire.deliverHeld();
      expect(await opened.rooms.bySlug(room.slug)).toMatchObject({ topic: 'old topic', lastSeq: 3 });
    });
  });

  it('is asked again what it kept when its answer was lost', async () => {
    const opened = await open();
    const [ada, bob] = [await addGuest(opened), await addGuest(opened)];
    const room = await addRoom(opened, ada);
    const batch = [aChange(room, bob, 'member.joined'), aMessage(room, ada, 'hello'), aMessage(room, bob, 'hello')];
    wire.swallowAnswerTo('append_one_message');
    const outcomes = await opened.log.append(batch);
    const events = await readWholeLog(opened, room.id);
    expect(outcomes).toEqual(events.slice(1).map((event) => ({ status: 'appended', event })));
    expect(events).toHaveLength(4);
    expect((await opened.rooms.bySlug(room.slug))?.memberCount).toBe(2);
  });
});

describe.skipIf(!hasPostgres)('the schema', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(() => database.drop());

  it('is made once by processes that start together', async () => {
    const stores = await Promise.all(
      ['a', 'b', 'c'].map((replica) => openStore({ url: database.url, dataDir: '', replica })),
    );
    for (const store of stores) expect(await store.rooms.bySlug('lobby')).toMatchObject({ id: '1' });
    await Promise.all(stores.map((store) => store.close()));
  });

  it('is made once, and what follows is read committed, where the database defaults to repeatable read', async () => {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query(`alter database ${new URL(database.url).pathname.slice(1)}
      set default_transaction_isolation = 'repeatable read'`);
    const stores = await Promise.all(
      ['a', 'b', 'c'].map((replica) => openStore({ url: database.url, dataDir: '', replica })),
    );
    await client.query(`
      create function record() returns trigger language plpgsql as
        $$ begin new.text := current_setting('transaction_isolation'); return new; end $$;
      create trigger record before insert on events for each row execute function record()`);
    const [store] = stores;
    if (store === undefined) throw new Error('unreachable');
    const ada = await addGuest(store);
    const room = await addRoom(store, ada);
    await store.log.append([aMessage(room, ada, '?')]);
    await store.log.append([aMessage(room, ada, '?'), aChange(room, ada, 'member.left')]);
    const { rows } = await client.query('select distinct text from events');
    expect(rows).toEqual([{ text: 'read committed' }]);
    await client.end();
    await Promise.all(stores.map((each) => each.close()));
  });

  it('is refused in words when a newer version made it', async () => {
    const store = await openStore({ url: database.url, dataDir: '', replica: 'test' });
    await store.close();
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query(`insert into parley_migrations (tag) values ('9999_future')`);
    await client.end();
    const opening = openStore({ url: database.url, dataDir: '', replica: 'test' });
    await expect(opening).rejects.toBeInstanceOf(StoreRefused);
    await expect(opening).rejects.toThrow(/newer Parley: it has schema 9999_future, this version knows up to \d{4}_/);
  });
});
