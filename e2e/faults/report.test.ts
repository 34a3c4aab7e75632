/** The judge of the other tests: an honest log passes, and each kind of fault is found. */
import type { RoomEvent } from '@parley/protocol';
import { expect, it } from 'vitest';
import { Ledger } from './ledger.ts';
import { Reading } from './reading.ts';
import { examine, type Report } from './report.ts';

/** A writer's five messages, acknowledged, stored and shown; each test spoils one thing. */
function makeEvidence() {
  const ledger = new Ledger();
  const events = Array.from({ length: 5 }, (_, index): RoomEvent & { type: 'message' } => {
    const { cid, text, room } = ledger.write('ada', 'dev', () => `cid-${index}`);
    ledger.acknowledge(cid, index + 1);
    const at = `2026-01-01T00:00:0${index}.000Z`;
    return { type: 'message', room, seq: index + 1, at, from: { id: '1', nick: 'ada' }, text, cid };
  });
  const reading = new Reading('bob');
  reading.begin('dev', 0);
  const show = (...seqs: number[]): void => {
    for (const seq of seqs) {
      const event = events[seq - 1];
      if (event !== undefined) reading.take(event);
    }
  };
  const judge = (log: readonly RoomEvent[] = events): Report =>
    examine({ ledger, logs: new Map([['dev', log]]), readings: [reading], orderly: new Set(['ada']) });
  return { ledger, events, reading, show, judge };
}

const FINE = {
  sent: 5,
  acknowledged: 5,
  stored: 5,
  changes: 0,
  seen: 5,
  lost: 0,
  doubled: 0,
  gaps: 0,
  outOfOrder: 0,
  problems: [],
};

it('finds nothing in an honest log', () => {
  const { show, judge } = makeEvidence();
  show(1, 2, 3, 4, 5);
  expect(judge()).toMatchObject(FINE);
});

it('finds an event that a reader was not shown, as a gap or at the end', () => {
  const { show, judge } = makeEvidence();
  show(1, 2, 4);
  expect(judge()).toMatchObject({ lost: 2, gaps: 1, doubled: 0, outOfOrder: 0 });
});

it('finds an event that was shown twice, and one that was shown late', () => {
  const { show, judge } = makeEvidence();
  show(1, 3, 2, 2, 4, 5);
  expect(judge()).toMatchObject({ lost: 0, gaps: 1, doubled: 1, outOfOrder: 1 });
});

it('finds an acknowledged message that is not in the log', () => {
  const { events, show, judge } = makeEvidence();
  show(1, 2, 3, 4);
  expect(judge(events.slice(0, 4))).toMatchObject({ lost: 1, gaps: 0 });
});

it('finds an event that was shown and is not in the log', () => {
  const { ledger, events, show, judge } = makeEvidence();
  ledger.acknowledged.delete('cid-4');
  show(1, 2, 3, 4, 5);
  expect(judge(events.slice(0, 4)).problems).toEqual(['bob was shown more of dev than is in its log']);
});

it('finds a message that is stored twice, in another order, or under a time that goes back', () => {
  const { events, show, judge } = makeEvidence();
  show(1, 2, 3, 4, 5);
  const [first, second, third] = events;
  if (first === undefined || second === undefined || third === undefined) throw new Error('unreachable');
  const spoilt = (event: RoomEvent): RoomEvent[] => [first, second, event, ...events.slice(3)];
  expect(judge(spoilt({ ...second, seq: 3, at: third.at }))).toMatchObject({ doubled: 1 });
  expect(judge([{ ...second, seq: 1 }, { ...first, seq: 2, at: second.at }, ...events.slice(2)]).outOfOrder).toBe(1);
  expect(judge(spoilt({ ...third, at: first.at })).outOfOrder).toBe(1);
  expect(judge(spoilt({ ...third, text: 'something else' })).problems).toHaveLength(1);
});

it('finds a change that is not in the log, and one that a reader was shown otherwise', () => {
  const { ledger, events, reading, show, judge } = makeEvidence();
  const [first, second, ...rest] = events;
  if (first === undefined || second === undefined) throw new Error('unreachable');
  const { room, from } = first;
  const inLog = { room, at: rest.at(-1)?.at ?? '', from };
  const edit: RoomEvent = { ...inLog, type: 'message.edited', seq: 6, target: 1, text: 'better' };
  const deletion: RoomEvent = { ...inLog, type: 'message.deleted', seq: 7, target: 2 };
  ledger.changed.set(first.cid, 'better').set(second.cid, undefined);
  show(1, 2, 3, 4, 5);
  reading.take(edit);
  reading.take(deletion);
  const changed: RoomEvent[] = [{ ...first, text: 'better' }, { ...second, text: '', deleted: true }, ...rest];
  expect(judge([...changed, edit, deletion])).toMatchObject({ ...FINE, seen: 7, changes: 2 });
  const unchanged = judge([...events, edit, deletion]).problems;
  expect(unchanged).toHaveLength(4);
  expect(unchanged).toContain('bob has another text of 1 in dev than its log');
});
