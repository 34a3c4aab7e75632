import type { RoomEvent } from '@parley/protocol';
import { clusterWork, StyledRow } from '@parley/terminal';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { room } from '../../test/acting-client.ts';
import { EMPTY_LOG, appendEvents, prependEvents, type RoomLog, trimLog } from '../state/room-log.ts';
import { loadingRoom, withNote, withPending } from '../state/open-room.ts';
import type { OpenRoom } from '../state/state.ts';
import { dark } from '../themes/dark.ts';
import { RoomTimeline } from './room-timeline.ts';
import { localWallClock, type WallClock } from './wall-clock.ts';

const NOW = Date.UTC(2026, 10, 20, 8);
const event = (seq: number, change: Partial<RoomEvent> = {}): RoomEvent => {
  const base = { room: 'dev', seq, at: new Date(NOW).toISOString(), from: { id: '2', nick: 'bob' } };
  return { ...base, type: 'message', text: `m${seq}.`, cid: `c${seq}`, ...change } as RoomEvent;
};
const joined = (seq: number): RoomEvent => event(seq, { type: 'member.joined' });
const logWith = (log: RoomLog, ...events: RoomEvent[]): RoomLog => appendEvents(log, events);
const ready = (log: RoomLog, change: Partial<OpenRoom> = {}): OpenRoom => ({
  ...loadingRoom('dev'),
  load: 'ready',
  log,
  ...change,
});

/** A timeline on a small pane. */
function open(first: OpenRoom, now = () => NOW): { readonly timeline: RoomTimeline; readonly rows: () => string[] } {
  const timeline = new RoomTimeline(
    { theme: dark, ownId: '1', ownNick: 'ada', ownName: 'ada', now },
    () => {},
    () => {},
  );
  timeline.resize(70, 6);
  timeline.sync(first, undefined);
  return { timeline, rows: () => timeline.rows().map((row) => row.text.trim()) };
}
const waiting = { cid: 'p1', text: 'on its way', state: 'waiting', words: '' } as const;
const twenty = Array.from({ length: 20 }, (_, index) => event(index + 1));

describe('a room’s timeline', () => {
  it('counts messages as new below, and neither those who come and go nor notes', () => {
    const log = logWith(EMPTY_LOG, ...twenty);
    const { timeline, rows } = open(ready(log));
    rows();
    timeline.scroll({ to: 'pageUp' });
    let room = ready(logWith(log, joined(21), joined(22), event(23), joined(24)));
    room = withNote(room, 'plain', 'A note.');
    room = { ...room, log: logWith(room.log, event(25)) };
    timeline.sync(room, undefined);
    rows();
    expect(timeline.viewport()).toMatchObject({ atBottom: false, below: 2 });
  });

  it('keeps a note where it was written when its oldest messages are let go', () => {
    const noted = withNote(ready(logWith(EMPTY_LOG, ...twenty)), 'plain', 'A note.');
    const events = Array.from({ length: 390 }, (_, index) => event(21 + index));
    const { timeline, rows } = open({ ...noted, log: logWith(noted.log, ...events.slice(0, 370)) });
    timeline.sync({ ...noted, log: trimLog(logWith(noted.log, ...events)) }, undefined);
    expect(rows().at(-1)).toContain('m410.');
  });

  it('shows a note between what one has scrolled back to and the newest once its messages are there', () => {
    const all = Array.from({ length: 220 }, (_, index) => event(index + 1));
    const live = logWith(EMPTY_LOG, ...all.slice(200));
    const cut = ready(logWith(EMPTY_LOG, ...all.slice(0, 50)), { live });
    const noted = { ...cut, notes: [{ id: 1, after: 60, tone: 'plain', words: 'A note.' } as const] };
    const { timeline, rows } = open(noted);
    timeline.scroll({ to: 'pageUp' });
    rows();
    timeline.sync({ ...noted, log: logWith(noted.log, ...all.slice(50, 150)) }, undefined);
    timeline.scroll({ seq: 59 });
    const shown = rows();
    expect(shown[2]).toContain('A note.');
    expect(shown[3]).toContain('m61.');
  });

  it('shows the rows that another client of the process shows, until something in them is its own', () => {
    const log = logWith(EMPTY_LOG, ...twenty);
    const timelines = ['ada', 'bob', 'eve'].map((nick, index) => {
      const context = { theme: dark, ownId: `${index}`, ownNick: nick, ownName: nick, now: () => NOW };
      const timeline = new RoomTimeline(
        context,
        () => {},
        () => {},
      );
      timeline.resize(70, 6);
      timeline.sync(ready(log), undefined);
      return timeline;
    });
    const rows = () => timelines.map((timeline) => timeline.rows());
    const [first, ...others] = rows();
    for (const other of others) expect(other).toBe(first);

    // One is named, one has something on its way, and one sees an old message edited.
    const named = logWith(log, event(21, { text: 'bob: hello', from: { id: '9', nick: 'eve' } }));
    for (const timeline of timelines) timeline.sync(ready(named), undefined);
    const [plain, mention, same] = rows();
    expect(same).toBe(plain);
    expect(mention?.at(-1)?.fill).toBe(dark.mentionBackground);
    expect(plain?.at(-1)?.fill).toBe(dark.background);
    timelines[0]?.sync(withPending(ready(named), [waiting], NOW), undefined);
    timelines[2]?.sync(
      ready(logWith(named, event(22, { type: 'message.edited', target: 20, text: 'mended' }))),
      undefined,
    );
    const [pending, , edited] = rows();
    expect(pending?.at(-1)?.text).toContain('on its way');
    expect(edited?.map((row) => row.text).join('\n')).toContain('mended');
    expect(plain?.map((row) => row.text).join('\n')).not.toContain('mended');
  });

  it('is what it would be if nobody had made any of it before, whatever is said and however often one looks', () => {
    const texts = fc.constantFrom('hi.', 'so.', 'well.', 'ada: hello', 'a longer line. '.repeat(9), 'two\nlines');
    const happening = fc.record({
      what: fc.constantFrom('says', 'says', 'says', 'says', 'says', 'joins', 'edits', 'deletes', 'sets the topic'),
      text: texts,
      who: fc.constantFrom('ada', 'bob', 'eve'),
      hours: fc.nat(30).map((hours) => (hours === 30 ? 20 : 0)),
      looks: fc.boolean(),
      leaves: fc.nat(8).map((leaves) => leaves === 0),
    });
    fc.assert(
      fc.property(fc.array(happening, { minLength: 20, maxLength: 60, size: 'max' }), (happenings) => {
        let log = logWith(EMPTY_LOG, ...twenty);
        let at = NOW;
        const contextOf = (nick: string, wall: WallClock) =>
          ({ theme: dark, ownId: nick, ownNick: nick, ownName: nick, now: () => at, wall }) as const;
        // Bob looks away now and then: what is said from there on is new to him.
        let leftAt: number | undefined;
        const rowsOf = (timeline: RoomTimeline, reader: number) => {
          timeline.resize(70, 6);
          timeline.sync(ready(log, { marker: reader === 1 ? leftAt : undefined }), undefined);
          return timeline.rows().map(({ text, fill }) => [text, fill.sgr]);
        };
        const wall = { ...localWallClock };
        const readers = ['ada', 'bob'];
        const timelines = readers.map(
          (nick) =>
            new RoomTimeline(
              contextOf(nick, wall),
              () => {},
              () => {},
            ),
        );
        happenings.forEach(({ what, text, who, hours, looks, leaves }, index) => {
          at += hours * 3_600_000;
          const seq = 21 + index;
          if (leaves) leftAt = seq - 1;
          const of = { at: new Date(at).toISOString(), from: { id: who, nick: who } };
          const change =
            what === 'says'
              ? { ...of, text }
              : what === 'joins'
                ? ({ ...of, type: 'member.joined' } as const)
                : what === 'edits'
                  ? ({ ...of, type: 'message.edited', target: seq - 1, text } as const)
                  : what === 'deletes'
                    ? ({ ...of, type: 'message.deleted', target: seq - 2 } as const)
                    : ({ ...of, type: 'topic.changed', topic: text } as const);
          log = logWith(log, event(seq, change));
          if (!looks) return;
          // First, since of a room's newest rows those that were made last are kept.
          const anew = readers.map(
            (nick) =>
              new RoomTimeline(
                contextOf(nick, { ...localWallClock }),
                () => {},
                () => {},
              ),
          );
          const expected = anew.map(rowsOf);
          expect(timelines.map(rowsOf)).toEqual(expected);
        });
      }),
    );
  });

  it.each([
    ['a note', 'A note.', (after: number) => ({ notes: [{ id: 1, after, tone: 'plain', words: 'A note.' } as const] })],
    ['the “new” line', 'new', (after: number) => ({ marker: after })],
  ])('is shared with those who have %s above what is shown, and not with those who see it', (_, words, having) => {
    const log = logWith(EMPTY_LOG, ...twenty);
    const rowsWith = (change: Partial<OpenRoom>) => open(ready(log, change)).timeline.rows();
    const shared = rowsWith({});
    expect(rowsWith(having(12))).toBe(shared);
    // All that stand below it, and those that stand above it, with it among them.
    for (const after of [13, 14, 15, 16, 17, 18, 19]) {
      const rows = rowsWith(having(after)).map(({ text }) => text);
      expect(rows.some((text) => text.includes(words))).toBe(after > 14);
      expect(rows.at(-1)).toContain('m20.');
    }
  });

  it('tells another new nick in the line of the one before, also for those who have scrolled back', () => {
    const log = logWith(EMPTY_LOG, ...twenty);
    const noted = (words: string): OpenRoom => {
      const renames = [{ id: '2', from: 'bob', to: 'zed', at: NOW }];
      return ready(log, { notes: [{ id: 1, after: 18, tone: 'plain', words, renames }] });
    };
    const { timeline, rows } = open(noted('bob is now zed'));
    timeline.scroll({ lines: -1 });
    rows();
    timeline.sync(noted('bob is now zed, cyd is now cy'), undefined);
    expect(rows().at(-2)).toMatch(/^\d\d:\d\d +~ +bob is now zed, cyd is now cy$/u);
  });

  it('does not share what says which day it is', () => {
    const day = 24 * 60 * 60_000;
    const log = logWith(EMPTY_LOG, event(1, { at: new Date(NOW - day).toISOString() }), ...twenty.slice(1));
    let now = NOW;
    const { timeline, rows } = open(ready(log), () => now);
    timeline.resize(70, 21);
    expect(rows().join('\n')).toContain('Today');
    now += day;
    expect(rows().join('\n')).toContain('Yesterday');
  });

  it('goes back to a line that a message was folded into', () => {
    const log = logWith(
      EMPTY_LOG,
      ...twenty.slice(0, 5),
      joined(6),
      joined(7),
      joined(8),
      ...[9, 10, 11, 12, 13, 14].map((seq) => event(seq)),
    );
    const { timeline, rows } = open(ready(log));
    timeline.scroll({ seq: 7 });
    expect(rows()[0]).toContain('joined');
  });

  it('takes older pages above without moving', () => {
    const log = { ...logWith(EMPTY_LOG, ...twenty.slice(10)), more: true };
    const { timeline, rows } = open(ready(log));
    rows();
    timeline.scroll({ to: 'first' });
    // Who said it stands further up now.
    const texts = (): string[] =>
      rows()
        .slice(1)
        .map((line) => line.replace(/^.* /u, ''));
    const before = texts();
    timeline.sync(ready(prependEvents(log, twenty.slice(0, 10), false)), undefined);
    expect(texts()).toEqual(before);
  });

  it('takes a line that grows upwards without doubling it, or starting anew', () => {
    const log = { ...logWith(EMPTY_LOG, joined(11), joined(12), ...twenty.slice(12)), more: true };
    const { timeline, rows } = open(ready(log));
    rows();
    timeline.scroll({ to: 'first' });
    rows();
    timeline.sync(ready(prependEvents(log, [event(9), joined(10)], false)), undefined);
    expect(timeline.viewport().atBottom).toBe(false);
    timeline.scroll({ to: 'first' });
    expect(rows().filter((line) => line.includes('joined'))).toHaveLength(1);
  });

  it('shows the same lines at the end as one line further up, but one', () => {
    let room = ready(logWith(EMPTY_LOG, ...twenty.slice(0, 12), joined(13), joined(14)), { marker: 9 });
    room = withNote(
      room,
      'bad',
      'A note of many words that takes several rows because the pane is not as wide as that.',
    );
    room = withPending({ ...room, log: logWith(room.log, event(15, { text: 'ada?' }), event(16)) }, [waiting], NOW);
    for (const height of [1, 2, 5, 9, 14]) {
      const { timeline, rows } = open(room);
      timeline.resize(70, height);
      const newest = rows();
      timeline.scroll({ lines: -1 });
      expect(timeline.viewport().atBottom).toBe(false);
      expect(rows().slice(1)).toEqual(newest.slice(0, -1));
      timeline.scroll({ to: 'last' });
      expect(rows()).toEqual(newest);
    }
  });

  it('asks for older lines when its own don’t fill the pane, once, and not before it is open', () => {
    let asked = 0;
    const context = { theme: dark, ownId: '1', ownNick: 'ada', ownName: 'ada', now: () => NOW };
    const timeline = new RoomTimeline(
      context,
      () => asked++,
      () => {},
    );
    timeline.resize(70, 40);
    const log = { ...logWith(EMPTY_LOG, ...twenty), more: true };
    timeline.sync({ ...ready(log), load: 'loading', glimpse: room('dev') }, undefined);
    timeline.rows();
    expect(asked).toBe(0);
    timeline.sync(ready(log), undefined);
    timeline.rows();
    timeline.rows();
    expect(asked).toBe(1);
    timeline.resize(70, 6);
    timeline.scroll({ to: 'first' });
    timeline.rows();
    expect(asked).toBe(2);
  });

  it('says “Yesterday” of what was today before midnight', () => {
    let now = NOW;
    const { timeline, rows } = open(ready(logWith(EMPTY_LOG, ...twenty.slice(0, 2))), () => now);
    expect(rows().join()).toContain('Today');
    now += 24 * 60 * 60 * 1000;
    timeline.invalidate();
    expect(rows().join()).toContain('Yesterday');
  });
});

describe('rows that take long to make', () => {
  const many = Array.from({ length: 60 }, (_, index) =>
    event(index + 1, { text: `m${index + 1}.${'👍🏽'.repeat(300)}` }),
  );
  /** More than a portion holds, with the message that it ends in, and what is looked at beside its texts. */
  const MOST = 8192 + 4 * 300 + 512;

  /** A large pane, and its rows portion by portion. */
  function large(height: number) {
    let waits = false;
    const context = {
      theme: dark,
      ownId: '1',
      ownNick: 'ada',
      ownName: 'ada',
      now: () => NOW,
      wall: { ...localWallClock },
    };
    const timeline = new RoomTimeline(
      context,
      () => {},
      () => (waits = true),
    );
    timeline.sync(ready(logWith(EMPTY_LOG, ...many)), undefined);
    const portions = (width: number): string[][] => {
      timeline.resize(width, height);
      const all: string[][] = [];
      do {
        waits = false;
        const before = clusterWork();
        all.push(timeline.rows().map(({ text }) => text.trim()));
        expect(clusterWork() - before).toBeLessThan(MOST);
      } while (waits);
      return all;
    };
    return { timeline, portions };
  }

  it('come in portions, the newest first, until the pane is full', () => {
    const { portions } = large(60);
    const all = portions(400);
    expect(all.length).toBeGreaterThan(3);
    const last = all.at(-1) ?? [];
    expect(last).toHaveLength(60);
    for (const rows of all) expect(rows).toEqual(last.slice(-rows.length));
    expect(portions(400)).toEqual([last]);
  });

  it('come from the top down where the pane is held, and fill it in the end', () => {
    const { timeline, portions } = large(30);
    portions(400);
    timeline.scroll({ seq: 2 });
    const all = portions(300);
    expect(all.length).toBeGreaterThan(1);
    const last = all.at(-1) ?? [];
    expect(last.filter((text) => text !== '')).toHaveLength(30);
    for (const rows of all) {
      const made = rows.filter((text) => text !== '');
      expect([made, rows.length]).toEqual([last.slice(0, made.length), 30]);
    }
  });

  it('of many lines that come at once are made as far as they are seen', () => {
    const { timeline, rows } = open(ready(logWith(EMPTY_LOG, ...twenty)));
    rows();
    const long = Array.from({ length: 9 }, (_, index) => event(21 + index, { text: `l${index}\n`.repeat(1000) }));
    timeline.sync(ready(logWith(EMPTY_LOG, ...twenty, ...long)), undefined);
    const before = StyledRow.newest;
    expect(rows()).toEqual(['l8', 'l8', 'l8', 'l8', 'l8', '']);
    expect(StyledRow.newest - before).toBeLessThan(2000);
  });
});
