/** The append path among rivals, on a real Postgres. Every log is checked for gaps at the end. */
import { randomUUID } from 'node:crypto';
import { pollFor } from '@parley/testkit';
import { Client } from 'pg';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type NewEvent, type RoomRow, type Store, type User } from '../src/index.ts';
import { aChange, aMessage, addGuest, hasPostgres, readWholeLog } from './databases.ts';
import { useTwoReplicas } from './two-replicas.ts';

describe.skipIf(!hasPostgres)('appending on postgres', () => {
  const current = useTwoReplicas();
  it('survives two replicas that write to the same rooms in opposite orders', async () => {
    const { store, replica, admin, ada, addRooms } = current();
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
    const { opened, store, replica, admin, addRooms } = current();
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
    const { store, replica, ada, addRooms } = current();
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
    const { store, replica, ada, addRooms } = current();
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
    const { store, replica, ada, addRooms } = current();
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
      const { store, admin, ada, addRooms } = current();
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
    const { store, ada, addRooms } = current();
    const [room] = await addRooms(1);
    if (room === undefined) throw new Error('no room');
    const eve = await addGuest(store);
    const outcomes = await store.log.append([ada, eve, ada].map((sender) => aMessage(room, sender, 'hello')));
    expect(outcomes.map(({ status }) => status)).toEqual(['appended', 'not_a_member', 'appended']);
    expect(await readWholeLog(store, room.id)).toHaveLength(1 + 2);
  });

  it('fails with “try again” when conflicts do not end', async () => {
    const { store, admin, ada, addRooms } = current();
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
});
