/** Appending while somebody keeps rooms locked, on a real Postgres: others do not wait for those, and nobody waits long. */
import { pollFor } from '@parley/testkit';
import { Client } from 'pg';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type NewEvent } from '../src/index.ts';
import { aChange, aMessage, hasPostgres, readWholeLog } from './databases.ts';
import { useTwoReplicas } from './two-replicas.ts';

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
  const current = useTwoReplicas();
  it('stores what is for other rooms while somebody keeps one locked, and waits for that one no second time', async () => {
    const { store, admin, ada, addRooms } = current();
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
    const { store, admin, ada, addRooms } = current();
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
});
