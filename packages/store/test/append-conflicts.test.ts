/** The append path among rivals and broken connections, on a real Postgres. Every log is checked for gaps at the end. */
import { randomUUID } from 'node:crypto';
import { pollFor } from '@parley/testkit';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  type AppendOutcome,
  type NewEvent,
  type RoomRow,
  type Store,
  StoreUnavailable,
  type User,
  openStore,
} from '../src/index.ts';
import {
  type OpenedStore,
  aChange,
  aMessage,
  addGuest,
  addRoom,
  hasPostgres,
  openTestStore,
  readWholeLog,
} from './databases.ts';

/** In a statement that does not wait long for a locked room. */
const ON_TRIAL = /'lock_timeout', '250'/;

/** Until the test is over: the statements sent to Postgres with this text among their values. */
function spyOnAppends(text: string): () => string[] {
  const query = vi.spyOn(Client.prototype, 'query');
  onTestFinished(() => query.mockRestore());
  return () =>
    (query.mock.calls as unknown[][]).flatMap(([statement, values]) => {
      const { text: sql, values: own } =
        typeof statement === 'string' ? { text: statement, values } : (statement as { text: string; values: unknown });
      return JSON.stringify(own ?? []).includes(text) ? sql : [];
    });
}

describe.skipIf(!hasPostgres)('appending on postgres', () => {
  let opened: OpenedStore;
  let store: Store;
  let replica: Store;
  let admin: Client;
  let ada: User;

  beforeEach(async () => {
    opened = await openTestStore('postgres');
    store = opened.store;
    replica = await openStore({ url: opened.url, dataDir: '', replica: 'second' });
    admin = new Client({ connectionString: opened.url });
    await admin.connect();
    ada = await addGuest(store);
  });
  afterEach(async () => {
    await admin.end();
    await replica.close();
    await opened.close();
  });

  const addRooms = async (count: number): Promise<RoomRow[]> => {
    const rooms = [];
    for (let n = 0; n < count; n += 1) rooms.push(await addRoom(store, ada));
    return rooms;
  };

  it('survives two replicas that write to the same rooms in opposite orders', async () => {
    const rooms = await addRooms(8);
    const write = async (target: Store, order: readonly RoomRow[]): Promise<string[]> => {
      const statuses = [];
      for (let n = 0; n < 40; n += 1) {
        const outcomes = await target.log.append(order.map((room) => aMessage(room, ada, `${n}`)));
        statuses.push(...outcomes.map((outcome) => outcome.status));
      }
      return statuses;
    };
    const reversed = rooms.toReversed();
    const statuses = await Promise.all([
      write(store, rooms),
      write(replica, reversed),
      write(store, reversed),
      write(replica, rooms),
    ]);
    expect(new Set(statuses.flat())).toEqual(new Set(['appended']));
    for (const room of rooms) expect(await readWholeLog(store, room.id)).toHaveLength(1 + 4 * 40);
    const { rows } = await admin.query('select deadlocks from pg_stat_database where datname = current_database()');
    expect(rows).toEqual([{ deadlocks: '0' }]);
  });

  it('lets people leave in any order while their read marks move', async () => {
    const [room] = await addRooms(1);
    if (room === undefined) throw new Error('no room');
    const [bob, cleo] = [await addGuest(store), await addGuest(store)];
    await store.log.append([aChange(room, bob, 'member.joined'), aChange(room, cleo, 'member.joined')]);
    const waiting = async (): Promise<number | null> =>
      (
        await admin.query(
          `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
        )
      ).rowCount;
    const query = vi.spyOn(Client.prototype, 'query');
    onTestFinished(() => query.mockRestore());
    const asked = (): number => {
      const texts = (query.mock.calls as unknown[][]).map(([statement]) => JSON.stringify(statement));
      return texts.filter((text) => /append_events|insert into read_marks/.test(text)).length;
    };
    const blocker = new Client({ connectionString: opened.url });
    await blocker.connect();
    await blocker.query('begin');
    await blocker.query('select from read_marks where user_id = $1 for update', [cleo.id]);
    const leaving = store.log.append([aChange(room, cleo, 'member.left'), aChange(room, bob, 'member.left')]);
    await pollFor(waiting, 1, { what: 'the leavings to wait' });
    const marking = Promise.all([bob, cleo].map(({ id }) => replica.rooms.markRead(room.id, id, 1)));
    await pollFor(waiting, 2, { what: 'the marks to wait' });
    await blocker.query('rollback');
    await blocker.end();
    expect((await leaving).map(({ status }) => status)).toEqual(['appended', 'appended']);
    await marking;
    // Neither had to be asked for again, as it is after a deadlock.
    expect(asked()).toBe(2);
  });

  it('stores a cid once when it comes on two connections at the same time', async () => {
    const [room] = await addRooms(1);
    if (room === undefined) throw new Error('no room');
    for (let round = 0; round < 25; round += 1) {
      const cids = Array.from({ length: 8 }, () => randomUUID());
      const batch = cids.map((cid) => aMessage(room, ada, 'once', cid));
      const results = await Promise.all([store.log.append(batch), replica.log.append(batch.toReversed())]);
      const bySeq = results.map((outcomes) =>
        outcomes.map((outcome) => {
          if (outcome.status !== 'appended' && outcome.status !== 'duplicate') throw new Error(outcome.status);
          return outcome.event.seq;
        }),
      );
      expect(bySeq[1]?.toReversed()).toEqual(bySeq[0]);
      expect(results.flat().filter((outcome) => outcome.status === 'appended')).toHaveLength(8);
    }
    expect(await readWholeLog(store, room.id)).toHaveLength(1 + 25 * 8);
  });

  it.each([1, 3])('stores %i of one room that come on two connections at the same time once', async (count) => {
    const [room] = await addRooms(1);
    if (room === undefined) throw new Error('no room');
    for (let round = 0; round < 50; round += 1) {
      const messages = Array.from({ length: count }, () => aMessage(room, ada, 'once'));
      const outcomes = await Promise.all([store, replica].map((each) => each.log.append(messages)));
      const statuses = outcomes.map((each) => new Set(each.map(({ status }) => status)));
      expect(statuses.toSorted((a) => (a.has('appended') ? -1 : 1))).toEqual([
        new Set(['appended']),
        new Set(['duplicate']),
      ]);
    }
    expect(await readWholeLog(store, room.id)).toHaveLength(1 + 50 * count);
  });

  it('numbers what two replicas store in one room in the order of each', async () => {
    const [room] = await addRooms(1);
    if (room === undefined) throw new Error('no room');
    const write = async (target: Store, writer: string): Promise<void> => {
      for (let batch = 0; batch < 60; batch += 1) {
        const texts = Array.from({ length: 1 + (batch % 4) }, (_, n) => `${writer} ${batch * 10 + n}`);
        const outcomes = await target.log.append(texts.map((text) => aMessage(room, ada, text)));
        expect(outcomes.map(({ status }) => status)).toEqual(texts.map(() => 'appended'));
      }
    };
    await Promise.all([write(store, 'one'), write(store, 'two'), write(replica, 'three'), write(replica, 'four')]);
    const log = await readWholeLog(store, room.id);
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
    expect(log.map(({ messages }) => messages)).toEqual(log.map((_, index) => index));
    for (const writer of ['one', 'two', 'three', 'four']) {
      const told = log.flatMap((event) =>
        event.type === 'message' && event.text.startsWith(writer) ? event.text : [],
      );
      const numbers = told.map((text) => Number(text.split(' ')[1]));
      expect(numbers).toHaveLength(15 * (1 + 2 + 3 + 4));
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    }
  });

  it.each([1, 3])(
    'counts nothing for %i of one room that it refuses, whatever the lock was waited for',
    async (count) => {
      const [room] = await addRooms(1);
      if (room === undefined) throw new Error('no room');
      const eve = await addGuest(store);
      const readRoom = async (): Promise<unknown> =>
        (await admin.query('select last_seq, message_count, last_at from rooms where id = $1', [room.id])).rows;
      const several = (sender: User, text: string): NewEvent[] =>
        Array.from({ length: count }, () => aMessage(room, sender, text));
      const before = await readRoom();
      const refused = (status: 'not_a_member' | 'reply_not_found') => Array.from({ length: count }, () => ({ status }));
      expect(await store.log.append(several(eve, 'let me in'))).toEqual(refused('not_a_member'));
      const lost = several(ada, 'to what?').map((message) => ({ ...message, replyTo: 99 }) as NewEvent);
      expect(await store.log.append(lost)).toEqual(refused('reply_not_found'));
      expect(await readRoom()).toEqual(before);
      // She leaves while what she said waits for the room.
      const leaving = { n: 0, room: room.id, sender: ada.id, nick: ada.nick, cid: randomUUID(), type: 'member.left' };
      await admin.query('begin');
      await admin.query('select from append_events($1)', [JSON.stringify([leaving])]);
      const late = store.log.append(several(ada, 'too late'));
      const waiting = `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
      await pollFor(async () => (await admin.query(waiting)).rowCount, 1);
      await admin.query('commit');
      expect(await late).toEqual(refused('not_a_member'));
      expect(await readWholeLog(store, room.id)).toHaveLength(2);
    },
  );

  it('stores what members say when one among them is none', async () => {
    const [room] = await addRooms(1);
    if (room === undefined) throw new Error('no room');
    const eve = await addGuest(store);
    const outcomes = await store.log.append([ada, eve, ada].map((sender) => aMessage(room, sender, 'hello')));
    expect(outcomes.map(({ status }) => status)).toEqual(['appended', 'not_a_member', 'appended']);
    expect(await readWholeLog(store, room.id)).toHaveLength(1 + 2);
  });

  it('goes on behind a pooler, which keeps no statement from one transaction to the next', async () => {
    const [room] = await addRooms(1);
    if (room === undefined) throw new Error('no room');
    await admin.query(`
      create function forget() returns trigger language plpgsql as
        $$ begin execute 'deallocate all'; return new; end $$;
      create trigger forget after insert on events for each row execute function forget()`);
    for (const count of [1, 2, 1, 2, 1, 2]) {
      const messages = Array.from({ length: count }, (_, n) => aMessage(room, ada, `${n}`));
      expect(await store.log.append(messages)).toMatchObject(messages.map(() => ({ status: 'appended' })));
    }
    expect(await readWholeLog(store, room.id)).toHaveLength(1 + 9);
  });

  it('never goes back in time, though the clock does', async () => {
    const [room] = await addRooms(1);
    if (room === undefined) throw new Error('no room');
    await store.log.append([aMessage(room, ada, 'before')]);
    const ahead = new Date(Date.now() + 3_600_000);
    // As if the last event had been stored by a clock that was an hour ahead.
    await admin.query('update events set at = $2 where room_id = $1 and seq = 2', [room.id, ahead]);
    await admin.query('update rooms set last_at = $2 where id = $1', [room.id, ahead]);
    await store.log.append([aMessage(room, ada, 'after'), { roomId: room.id, sender: ada, type: 'member.left' }]);
    const events = await readWholeLog(store, room.id);
    expect(events.slice(2).map((event) => event.at)).toEqual([ahead, ahead]);
  });

  it('keeps nothing of a batch whose commit is refused for a full disk, and goes on after', async () => {
    const rooms = await addRooms(2);
    const [room] = rooms;
    if (room === undefined) throw new Error('no room');
    await admin.query(`
      create function refuse() returns trigger language plpgsql as $$
        begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
      create constraint trigger full_disk after insert on events deferrable initially deferred
        for each row when (new.text = 'last straw') execute function refuse()`);
    const batch = [aMessage(room, ada, 'one'), aMessage(room, ada, 'last straw'), aMessage(room, ada, 'two')];
    const outcomes = await store.log.append(batch);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: 'failed', error: { outcomeUnknown: false } });
      expect(outcome.status === 'failed' && outcome.error).toBeInstanceOf(StoreUnavailable);
    }
    expect(await readWholeLog(store, room.id)).toHaveLength(1);
    await admin.query('drop trigger full_disk on events');
    const again = await store.log.append(batch);
    expect(again.map((outcome) => outcome.status)).toEqual(['appended', 'appended', 'appended']);
    expect(await readWholeLog(store, room.id)).toHaveLength(4);
  });

  it('stores what is for other rooms while somebody keeps one locked, and waits for that one no second time', async () => {
    const [dev, ops, lobby] = await addRooms(3);
    if (dev === undefined || ops === undefined || lobby === undefined) throw new Error('no room');
    await admin.query('begin');
    await admin.query(`update rooms set title = 'Dev' where id = $1`, [dev.id]);
    const locked = { status: 'failed', error: { name: 'StoreUnavailable', outcomeUnknown: false } };
    const batch = (): NewEvent[] => [
      aMessage(ops, ada, 'one'),
      aMessage(dev, ada, 'for dev'),
      aChange(lobby, ada, 'member.left'),
    ];
    const appends = spyOnAppends('for dev');
    const first = await store.log.append(batch());
    expect(first).toMatchObject([{ status: 'appended' }, locked, { status: 'appended' }]);
    // The one that found it out, beside the other rooms.
    expect(appends()[0]).not.toMatch(ON_TRIAL);
    const waits = appends().length;
    for (let n = 0; n < 3; n += 1) {
      expect(await store.log.append(batch())).toMatchObject([{ status: 'appended' }, locked, { status: 'unchanged' }]);
      expect(await store.log.append([aMessage(dev, ada, 'for dev alone')])).toMatchObject([locked]);
    }
    // Refused without a question, or asked again on trial.
    for (const statement of appends().slice(waits)) expect(statement).toMatch(ON_TRIAL);
    await admin.query('rollback');
    const message = aMessage(dev, ada, 'at last');
    await pollFor(async () => (await store.log.append([message]))[0]?.status, 'appended');
    expect((await readWholeLog(store, dev.id)).map(({ type }) => type)).toEqual(['member.joined', 'message']);
    expect(await readWholeLog(store, ops.id)).toHaveLength(1 + 4);
  });

  it('waits for nobody long where all rooms are locked', async () => {
    const rooms = await addRooms(40);
    await admin.query('begin');
    await admin.query('update rooms set title = title');
    const appends = spyOnAppends('hello?');
    const outcomes = await store.log.append(rooms.map((room) => aMessage(room, ada, 'hello?')));
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['failed']));
    // A trial takes its 50 ms at least, so that a second has none for all.
    const trials = appends().filter((statement) => ON_TRIAL.test(statement)).length;
    const refused = outcomes.filter(
      (outcome) => outcome.status === 'failed' && outcome.error.message === 'Somebody else keeps the room locked.',
    ).length;
    expect(refused).toBeGreaterThan(0);
    expect(trials + refused).toBe(40);
    expect(appends()).toHaveLength(1 + trials);
    await admin.query('rollback');
  });

  for (const [asSet, used] of [
    ['off', 'on'],
    ['local', 'local'],
    ['remote_apply', 'remote_apply'],
  ] as const) {
    it(`commits with synchronous_commit ${used} where the database has ${asSet}`, async () => {
      const [room] = await addRooms(1);
      if (room === undefined) throw new Error('no room');
      await admin.query(`
        create function record() returns trigger language plpgsql as
          $$ begin new.text := current_setting('synchronous_commit'); return new; end $$;
        create trigger record before insert on events for each row execute function record()`);
      await admin.query(
        `do $$ begin execute format('alter database %I set synchronous_commit = ${asSet}', current_database()); end $$`,
      );
      const later = await openStore({ url: opened.url, dataDir: '', replica: 'later' });
      await later.log.append([aMessage(room, ada, '?')]);
      await later.close();
      const { rows } = await admin.query('select text from events where seq = 2');
      expect(rows).toEqual([{ text: used }]);
    });
  }

  it('fails with “try again” when conflicts do not end', async () => {
    const rooms = await addRooms(2);
    await admin.query(`
      create function conflict() returns trigger language plpgsql as $$
        begin raise exception 'could not serialize access' using errcode = '40001'; end $$;
      create trigger conflict before insert on events for each row execute function conflict()`);
    const outcomes = await store.log.append(rooms.map((room) => aMessage(room, ada, 'once more')));
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: 'failed', error: { name: 'StoreUnavailable', outcomeUnknown: false } });
    }
    await admin.query('drop trigger conflict on events');
    expect(await store.log.append([aMessage({ id: rooms[0]?.id ?? '' }, ada, 'now')])).toMatchObject([
      { status: 'appended' },
    ]);
  });

  it('fails one event alone that its row’s commit refuses', async () => {
    const [room] = await addRooms(1);
    if (room === undefined) throw new Error('no room');
    await admin.query(`
      create function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused'; end $$;
      create constraint trigger refuse after insert on events deferrable initially deferred
        for each row when (new.text = 'bad') execute function refuse()`);
    const outcomes = await store.log.append(
      Array.from({ length: 50 }, (_, n) => aMessage(room, ada, n === 31 ? 'bad' : 'good')),
    );
    expect(outcomes.flatMap((outcome, n) => (outcome.status === 'appended' ? [] : [n]))).toEqual([31]);
    expect(await readWholeLog(store, room.id)).toHaveLength(50);
  });

  it('finds out what became of batches whose connections are cut', async () => {
    const rooms = await addRooms(4);
    const cutting = { on: true, cuts: 0 };
    const cutter = (async () => {
      // Not for ever: on a slow machine each attempt would be cut, and its patience used up.
      while (cutting.on && cutting.cuts < 20) {
        const { rows } = await admin.query(`
          select pg_terminate_backend(pid) from pg_stat_activity, pg_sleep(0.03)
          where datname = current_database() and pid <> pg_backend_pid() and query like '%append\\_%'`);
        cutting.cuts += rows.length;
      }
    })();
    const write = async (target: Store): Promise<AppendOutcome[]> => {
      const outcomes = [];
      for (let n = 0; n < 120; n += 1) {
        outcomes.push(...(await target.log.append(rooms.map((room) => aMessage(room, ada, `${n}`)))));
      }
      return outcomes;
    };
    const outcomes = (await Promise.all([write(store), write(replica)])).flat();
    cutting.on = false;
    await cutter;
    expect(cutting.cuts).toBeGreaterThan(3);

    const failures = outcomes.flatMap((outcome) => (outcome.status === 'failed' ? [outcome.error] : []));
    // So many cuts in a row that it gave up is an honest answer.
    expect(failures.every((error) => error instanceof StoreUnavailable && error.outcomeUnknown)).toBe(true);
    const acknowledged = outcomes.flatMap((outcome) => (outcome.status === 'appended' ? [outcome.event] : []));
    expect(acknowledged.length + failures.length).toBe(outcomes.length);
    const stored = [];
    for (const room of rooms) {
      const log = await pollFor(
        () => readWholeLog(store, room.id).catch(() => []),
        (events) => events.length > 0,
      );
      stored.push(...log);
    }
    expect(stored).toEqual(expect.arrayContaining(acknowledged));
    const cids = stored.map((event) => (event.type === 'message' ? event.cid : event.roomId));
    expect(new Set(cids).size).toBe(cids.length);
  });

  it('reads a page by a range of the index, wherever it lies', async () => {
    const [room] = await addRooms(1);
    if (room === undefined) throw new Error('no room');
    await admin.query(
      `insert into events (room_id, seq, at, sender_id, messages, cid, type, sender_nick, text)
       select $1, n, now(), 1, n, gen_random_uuid(), 'message', 'ada', 'text' from generate_series(2, 20000) as n`,
      [room.id],
    );
    await admin.query('analyze events');
    for (const [condition, order] of [
      ['seq < 19000', 'desc'],
      ['seq < 60', 'desc'],
      ['seq > 100', 'asc'],
      ['seq > 19900', 'asc'],
    ]) {
      const { rows } = await admin.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
        `explain (analyze, format json)
         select * from events where room_id = ${room.id} and ${condition} order by seq ${order} limit 51`,
      );
      const limit = rows[0]?.['QUERY PLAN'][0].Plan;
      const scan = limit?.Plans?.[0];
      expect(limit?.['Node Type']).toBe('Limit');
      expect(scan).toMatchObject({ 'Node Type': 'Index Scan', 'Index Name': 'events_room_id_seq_pk' });
      expect(scan?.['Actual Rows']).toBeLessThanOrEqual(51);
      expect(scan?.['Rows Removed by Filter'] ?? 0).toBe(0);
    }
    const page = await store.log.page({ roomId: room.id, before: 10_001, limit: 50 });
    expect(page.events.map((event) => event.seq)).toEqual(Array.from({ length: 50 }, (_, n) => 9951 + n));
  });
});

interface Plan {
  'Node Type': string;
  'Index Name'?: string;
  'Actual Rows'?: number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}
