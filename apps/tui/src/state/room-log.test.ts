import type { RoomEvent } from '@parley/protocol';
import { describe, expect, it } from 'vitest';
import { appendEvents, EMPTY_LOG, KEPT_EVENTS, logOf, MOST_EVENTS, prependEvents, trimLog } from './room-log.ts';

const from = { id: '1', nick: 'ada' };
const at = '2026-11-20T08:00:00.000Z';
const message = (seq: number, text = `m${seq}`): RoomEvent => ({
  type: 'message',
  room: 'dev',
  seq,
  at,
  from,
  text,
  cid: `c${seq}`,
});
const seqs = (log: { events: readonly { seq: number }[] }) => log.events.map((event) => event.seq);

describe('a room’s log', () => {
  it('takes each event once', () => {
    const log = logOf([message(4), message(5)], true);
    expect(seqs(appendEvents(log, [message(5), message(6)]))).toEqual([4, 5, 6]);
  });

  it('starts empty and grows from the first event', () => {
    const log = appendEvents(EMPTY_LOG, [message(1)]);
    expect(log).toMatchObject({ firstSeq: 1, lastSeq: 1, more: false });
  });

  it('folds edits, deletions and reactions into their messages', () => {
    let log = logOf([message(1), message(2)], false);
    log = appendEvents(log, [{ type: 'message.edited', room: 'dev', seq: 3, at, from, target: 1, text: 'better' }]);
    log = appendEvents(log, [{ type: 'message.deleted', room: 'dev', seq: 4, at, from, target: 2 }]);
    log = appendEvents(log, [{ type: 'reaction', room: 'dev', seq: 5, at, from, target: 1, emoji: '👍', on: true }]);
    expect(seqs(log)).toEqual([1, 2]);
    expect(log.events[0]).toMatchObject({ text: 'better', editedAt: at, reactions: { '👍': ['1'] } });
    expect(log.events[1]).toMatchObject({ text: '', deleted: true });
    expect(log.lastSeq).toBe(5);
    log = appendEvents(log, [{ type: 'reaction', room: 'dev', seq: 6, at, from, target: 1, emoji: '👍', on: false }]);
    expect(log.events[0]).toMatchObject({ reactions: {} });
  });

  it('puts an older page before what it has, without doubles', () => {
    const log = prependEvents(logOf([message(3), message(4)], true), [message(1), message(2), message(3)], false);
    expect(seqs(log)).toEqual([1, 2, 3, 4]);
    expect(log).toMatchObject({ firstSeq: 1, lastSeq: 4, more: false });
  });

  it('lets go of the oldest events and knows that there is more', () => {
    let log = EMPTY_LOG;
    for (let seq = 1; seq <= MOST_EVENTS + 1; seq++) log = appendEvents(log, [message(seq)]);
    const trimmed = trimLog(log);
    expect(trimmed.events).toHaveLength(KEPT_EVENTS);
    expect(trimmed).toMatchObject({ more: true, lastSeq: MOST_EVENTS + 1, firstSeq: MOST_EVENTS + 2 - KEPT_EVENTS });
  });
});
