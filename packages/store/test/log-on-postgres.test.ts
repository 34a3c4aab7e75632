/** The log and what Postgres is like around it: poolers, a clock that goes back, its settings, the plans that it makes. */
import { describe, expect, it } from 'vitest';
import { openStore } from '../src/index.ts';
import { aMessage, hasPostgres, readWholeLog } from './databases.ts';
import { useTwoReplicas } from './two-replicas.ts';

describe.skipIf(!hasPostgres)('appending on postgres', () => {
  const current = useTwoReplicas();
  it('goes on behind a pooler, which keeps no statement from one transaction to the next', async () => {
    const { store, admin, ada, addRooms } = current();
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
    const { store, admin, ada, addRooms } = current();
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

  for (const [asSet, used] of [
    ['off', 'on'],
    ['local', 'local'],
    ['remote_apply', 'remote_apply'],
  ] as const) {
    it(`commits with synchronous_commit ${used} where the database has ${asSet}`, async () => {
      const { opened, admin, ada, addRooms } = current();
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

  it('reads a page by a range of the index, wherever it lies', async () => {
    const { store, admin, addRooms } = current();
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
