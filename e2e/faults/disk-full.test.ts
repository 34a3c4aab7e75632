/** A database whose disk is full for a while: every commit is refused at its very end. */
import { failOnLeaks, pollFor, RawClient } from '@parley/testkit';
import { Client } from 'pg';
import { expect, it } from 'vitest';
import { count, seed, timeoutFor } from './counts.ts';
import { Crowd } from './crowd.ts';
import { closeAfterEach, openDatabase, postgresMissing, startCore } from './opened.ts';
import { SeededRandom } from './seeded-random.ts';

failOnLeaks();
const keep = closeAfterEach();
const times = count('fullDisks');

/** Runs at commit, when all else has been done. 53100 is disk_full. */
const DISK = `
  create table disk (is_full boolean not null);
  insert into disk values (false);
  create function refuse_when_full() returns trigger language plpgsql as $$
  begin
    if (select is_full from disk) then
      raise exception 'could not extend file: No space left on device' using errcode = '53100';
    end if;
    return null;
  end $$;
  create constraint trigger full_disk after insert on events deferrable initially deferred
    for each row execute function refuse_when_full()`;

it(
  `a commit refused ${times} times for a full disk is told as unavailable, shown to nobody, and made up for`,
  { timeout: timeoutFor(times) },
  async (ctx) => {
    if (postgresMissing !== undefined) ctx.skip(postgresMissing);
    const { url } = keep(await openDatabase());
    const core = keep(await startCore(url));
    const database = new Client({ connectionString: url });
    await database.connect();
    keep({ close: () => database.end() });
    await database.query(DISK);
    const crowd = keep(await Crowd.gather({ url: core.url, seed }));
    const witness = await RawClient.enter(core.url, 'witness');
    keep({ close: () => witness.terminate() });
    await witness.request({ type: 'room.join', room: 'lobby' });
    const random = new SeededRandom(seed);
    const seen = (): number => witness.messages.filter(({ type }) => type === 'message').length;
    const sent = { type: 'message.send', room: 'lobby', text: 'in full' };
    for (let time = 0; time < times; time += 1) {
      await crowd.writes(random.between(50, 300));
      await database.query('update disk set is_full = true');
      const cid = crypto.randomUUID();
      const refusal = await witness.request({ ...sent, cid });
      expect(refusal).toMatchObject({ type: 'error', code: 'unavailable', retryAfterMs: expect.any(Number) });
      const refusals = crowd.ledger.refusals;
      const before = { stored: crowd.acknowledged, seen: seen() };
      await pollFor(
        () => crowd.ledger.refusals - refusals,
        (more) => more >= 20,
      );
      expect(await witness.request({ type: 'ping' })).toMatchObject({ type: 'pong' });
      expect({ stored: crowd.acknowledged, seen: seen() }).toEqual(before);
      await database.query('update disk set is_full = false');
      await crowd.writes(100);
      crowd.ledger.sent.set(cid, { cid, room: 'lobby', writer: 'witness', index: time, text: sent.text });
      const answer = await pollFor(
        () => witness.request({ ...sent, cid }),
        ({ type }) => type === 'ok',
      );
      crowd.ledger.acknowledge(cid, answer['seq'] as number);
    }
    const report = await crowd.finish(`disk full ${times} times`);
    expect(report.problems).toEqual([]);
    expect(crowd.returns).toBe(0);
  },
);
