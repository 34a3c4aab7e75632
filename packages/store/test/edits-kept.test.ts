/** What Postgres itself holds of edits and deletions, also when their answer is lost. */
import { createTestDatabase, type TestDatabase } from '@parley/testkit';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../src/index.ts';
import { aDeletion, anEdit } from './contract/edits.ts';
import { aMessage, addGuest, addRoom, hasPostgres, readWholeLog } from './databases.ts';
import { TornWire } from './torn-wire.ts';

describe.skipIf(!hasPostgres)('a changed message', () => {
  let database: TestDatabase;
  let wire: TornWire;
  let store: Store;
  beforeEach(async () => {
    database = await createTestDatabase();
    wire = new TornWire(database.url);
    await wire.open();
    store = await openStore({ url: wire.url, dataDir: '', replica: 'test' });
  });
  afterEach(async () => {
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
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query('select * from events where room_id = $1 order by seq', [room.id]);
    await client.end();
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
});
