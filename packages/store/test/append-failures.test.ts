/** Appending where Postgres refuses a commit or its answer is lost, on a real one: what is not stored is told, and nothing else. */
import { pollFor } from '@parley/testkit';
import { describe, expect, it } from 'vitest';
import { type AppendOutcome, type Store, StoreUnavailable } from '../src/index.ts';
import { aMessage, hasPostgres, readWholeLog } from './databases.ts';
import { useTwoReplicas } from './two-replicas.ts';

describe.skipIf(!hasPostgres)('appending on postgres', () => {
  const current = useTwoReplicas();
  it('keeps nothing of a batch whose commit is refused for a full disk, and goes on after', async () => {
    const { store, admin, ada, addRooms } = current();
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

  it('fails one event alone that its row’s commit refuses', async () => {
    const { store, admin, ada, addRooms } = current();
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
    const { store, replica, admin, ada, addRooms } = current();
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
});
