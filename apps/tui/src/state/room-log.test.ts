import type { RoomEvent } from '@parley/protocol';
import { describe, expect, it } from 'vitest';
import {
  appendEvents,
  changedMessages,
  EMPTY_LOG,
  KEPT_EVENTS,
  logOf,
  MAX_EVENTS,
  prependEvents,
  trimLog,
} from './room-log.ts';

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

  it('is the same by a page that shows messages as they are, and by what follows it', () => {
    const edited: RoomEvent = { type: 'message.edited', room: 'dev', seq: 3, at, from, target: 1, text: 'better' };
    const gone: RoomEvent = { type: 'message.edited', room: 'dev', seq: 4, at, from, target: 2, text: '' };
    const deleted: RoomEvent = { type: 'message.deleted', room: 'dev', seq: 5, at, from, target: 2 };
    const lived = appendEvents(logOf([message(1), message(2)], false), [
      edited,
      { ...gone, text: 'said for a while' },
      deleted,
    ]);
    const paged = logOf(
      [
        { ...message(1, 'better'), editedAt: at },
        { ...message(2, ''), deleted: true },
        edited,
        gone,
        deleted,
      ] as RoomEvent[],
      false,
    );
    expect(paged).toEqual(lived);
    expect(paged.events[1]).not.toHaveProperty('editedAt');
  });

  it('tells which of its messages say something else than before', () => {
    const before = logOf([message(1), message(2), message(3)], true);
    const after = appendEvents(before, [
      message(4),
      { type: 'message.edited', room: 'dev', seq: 5, at, from, target: 3, text: 'better' },
      { type: 'message.deleted', room: 'dev', seq: 6, at, from, target: 1 },
      { type: 'reaction', room: 'dev', seq: 7, at, from, target: 2, emoji: '👍', on: true },
    ]);
    expect(changedMessages(before, after)).toMatchObject([
      { seq: 1, deleted: true },
      { seq: 3, text: 'better' },
    ]);
    expect(changedMessages(after, after)).toEqual([]);
    expect(changedMessages(before, logOf([message(2), message(3), message(4)], true))).toEqual([]);
  });

  it('puts an older page before what it has, without doubles', () => {
    const log = prependEvents(logOf([message(3), message(4)], true), [message(1), message(2), message(3)], false);
    expect(seqs(log)).toEqual([1, 2, 3, 4]);
    expect(log).toMatchObject({ firstSeq: 1, lastSeq: 4, more: false });
  });

  it('lets go of the oldest events and knows that there is more', () => {
    let log = EMPTY_LOG;
    for (let seq = 1; seq <= MAX_EVENTS + 1; seq++) log = appendEvents(log, [message(seq)]);
    const trimmed = trimLog(log);
    expect(trimmed.events.length).toBeGreaterThanOrEqual(KEPT_EVENTS);
    expect(trimmed.events.length).toBeLessThan(MAX_EVENTS);
    const firstSeq = MAX_EVENTS + 2 - trimmed.events.length;
    expect(trimmed).toMatchObject({ more: true, lastSeq: MAX_EVENTS + 1, firstSeq });
    expect(trimmed.events.map(({ seq }) => seq)).toEqual(trimmed.events.map((_, at) => firstSeq + at));
  });

  it('is the same list for all who have seen the same, wherever they came in, once it was cut', () => {
    const said = Array.from({ length: 600 }, (_, at) => message(at + 1));
    let first = logOf(said.slice(0, 30), true);
    let later = logOf(said.slice(75, 105), true);
    for (let at = 30; at < said.length; at += 3) {
      const news = said.slice(at, at + 3);
      first = trimLog(appendEvents(first, news));
      if (at >= 105) later = trimLog(appendEvents(later, [...news]));
    }
    expect(first.events.at(-1)).toBe(said.at(-1));
    expect(later.events).toBe(first.events);
    const liked: RoomEvent = { type: 'reaction', room: 'dev', seq: 601, at, from, target: 600, emoji: '👍', on: true };
    expect(appendEvents(later, [liked]).events).toBe(appendEvents(first, [liked]).events);
    // Whoever holds an equal message that is another object holds another list.
    const edited = appendEvents(later, [{ ...message(601), type: 'message.edited', target: 600, text: 'better' }]);
    expect(edited.events).not.toBe(first.events);
    expect(first.events.at(-1)).toMatchObject({ text: 'm600' });
  });
});
