/** What Postgres itself holds of edits and deletions, also when their answer is lost. */
import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@parley/testkit';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Statement } from '../src/database.ts';
import { readPage } from '../src/event-pages.ts';
import { openStore, type Store } from '../src/index.ts';
import { aDeletion, anEdit } from './contract/edits.ts';
import { aMessage, addGuest, addRoom, hasPostgres, readWholeLog } from './databases.ts';
import { TornWire } from './torn-wire.ts';

describe.skipIf(!hasPostgres)('a changed message', () => {
  let database: TestDatabase;
  let wire: TornWire;
  let store: Store;
  /** The test's own. */
  let client: Client;
  beforeEach(async () => {
    database = await createTestDatabase();
    wire = new TornWire(database.url);
    await wire.open();
    store = await openStore({ url: wire.url, dataDir: '', replica: 'test' });
    client = new Client({ connectionString: database.url });
    await client.connect();
  });
  afterEach(async () => {
    await client.end();
    await store.close();
    await wire.close();
    await database.drop();
  });

  it('that is deleted leaves its text in no row', async () => {
    const ada = await addGuest(store);
    const room = await addRoom(store, ada);
    await store.log.append([
      aMessage(room, ada, 'a secret, and'),
      anEdit(room, ada, 2, 'another secret, and'),
      anEdit(room, ada, 2, 'the last secret'),
      aDeletion(room, ada, 2),
      aMessage(room, ada, 'no more'),
    ]);
    const { rows } = await client.query('select * from events where room_id = $1 order by seq', [room.id]);
    expect(rows).toHaveLength(6);
    expect(JSON.stringify(rows)).toContain('no more');
    expect(JSON.stringify(rows)).not.toContain('secret');
  });

  it('was changed once where the answer to that was lost', async () => {
    const ada = await addGuest(store);
    const room = await addRoom(store, ada);
    await store.log.append([aMessage(room, ada, 'one'), aMessage(room, ada, 'two')]);
    wire.swallowAnswerTo('append_events');
    const outcomes = await store.log.append([anEdit(room, ada, 2, 'three'), aDeletion(room, ada, 3)]);
    const events = await readWholeLog(store, room.id);
    expect(outcomes).toEqual(events.slice(3).map((event) => ({ status: 'appended', event, found: true })));
    expect(events.slice(1)).toMatchObject([
      { text: 'three' },
      { text: '', deleted: true },
      { target: 2, text: 'three' },
      { target: 3 },
    ]);
  });

  it('is found by its place, also where the planner takes rooms for short ones', async () => {
    const allRead = async (): Promise<number> => {
      const { rows } = await client.query<{ count: string }>(
        "select seq_tup_read + idx_tup_fetch as count from pg_stat_xact_user_tables where relname = 'events'",
      );
      return Number(rows[0]?.count);
    };
    /** How many rows of the table are looked at for it. */
    const rowsRead = async (what: () => Promise<unknown>): Promise<number> => {
      await client.query('begin');
      const before = await allRead();
      await what();
      const after = await allRead();
      await client.query('rollback');
      return after - before;
    };
    await client.query('alter table events set (autovacuum_enabled = off)');
    const ada = await addGuest(store);
    const room = await addRoom(store, ada);
    await client.query('analyze events');
    const length = 100_000;
    await client.query(
      `insert into events (room_id, seq, at, sender_id, messages, cid, type, sender_nick, text)
        select $1, n, now(), $2, n, gen_random_uuid(), 'message', 'ada', n from generate_series(2, $3::bigint) n`,
      [room.id, ada.id, length],
    );
    await client.query(
      `insert into events (room_id, seq, at, sender_id, messages, cid, type, sender_nick, target)
        select $1, $3 + n, now(), $2, $3, gen_random_uuid(), 'message.edited', 'ada', n * 500 from generate_series(1, 100) n`,
      [room.id, ada.id, length],
    );
    await client.query('update rooms set last_seq = $2, message_count = $2 where id = $1', [room.id, length + 100]);
    const sql = async <Row>(text: Statement | string, values: unknown[] = []): Promise<Row[]> =>
      (await client.query({ ...(typeof text === 'string' ? { text } : text), values })).rows as Row[];
    const page = { roomId: room.id, limit: 200 };
    expect(await rowsRead(() => readPage({ sql }, page))).toBeLessThan(1000);
    for (const change of [
      { type: 'message.edited', target: 50_000, text: 'x' },
      { type: 'message.deleted', target: 50_000 },
    ]) {
      const item = { n: 0, room: Number(room.id), sender: Number(ada.id), nick: 'ada', cid: randomUUID(), ...change };
      const append = () => client.query('select * from append_events($1)', [JSON.stringify([item])]);
      expect(await rowsRead(append)).toBeLessThan(100);
    }
  });
});
