import type { MessageEvent } from '@parley/protocol';
import { describe, expect, it } from 'vitest';
import { membershipRunOf } from '../state/membership-runs.ts';
import type { ShownEvent } from '../state/room-log.ts';
import { dark, numberedDark } from '../themes/dark.ts';
import { textColumn, type TimelineItem, timelineRows } from './timeline.ts';
import { noteItem, pendingItem } from './timeline-lines.ts';

const NOW = new Date(2026, 10, 20, 12, 30);
const context = { theme: dark, ownId: '1', ownNick: 'ada', ownName: 'ada', now: () => NOW.getTime() };

const message = (seq: number, text: string, change: Partial<MessageEvent> = {}): TimelineItem => {
  const from = { id: '2', nick: 'bob' };
  return item({ type: 'message', room: 'dev', seq, at: NOW.toISOString(), from, text, cid: `c${seq}`, ...change });
};
const item = (event: ShownEvent, first = false): TimelineItem => ({ kind: 'event', key: event.seq, event, first });
const minutesAgo = (minutes: number): string => new Date(NOW.getTime() - minutes * 60_000).toISOString();
const rows = (of: TimelineItem, previous: TimelineItem | undefined, width = 72): string[] =>
  timelineRows(of, width, previous, context).map((row) => row.text.trimEnd());

describe('a message', () => {
  it('stands beside its time and nick, and under the day when it is the first of it', () => {
    const [day, line] = rows(message(1, 'hello'), undefined);
    expect(day).toMatch(/─ Today ─/u);
    expect(line).toBe(' 12:30          bob  hello');
  });

  it('wraps under its own beginning', () => {
    const lines = rows(message(2, `${'word '.repeat(20)}end`), message(1, 'x', { from: { id: '3', nick: 'eve' } }));
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.slice(1).every((line) => line.startsWith(' '.repeat(21)) && line[21] !== ' ')).toBe(true);
  });

  it('looks to each reader as it looks to them, though rows are shared', () => {
    const said = message(2, 'bob: ada is here');
    const as = (ownId: string, ownNick: string): string[] =>
      (
        timelineRows(said, 72, undefined, { ...context, ownId, ownNick, ownName: ownNick.toLowerCase() }).at(-1)
          ?.runs ?? []
      )
        .filter(({ style }) => style === dark.mention)
        .map(({ text }) => text);
    expect([as('1', 'ada'), as('9', 'eve'), as('2', 'bob'), as('8', 'bob'), as('1', 'ada')]).toEqual([
      ['ada'],
      [],
      [],
      ['bob'],
      ['ada'],
    ]);
    const [first, second] = [1, 2].map(() => timelineRows(message(3, 'for all'), 72, undefined, context));
    expect(first).toBe(second);
    expect(rows(message(3, 'for all', { editedAt: NOW.toISOString() }), undefined).at(-1)).toContain('(edited)');
    expect(rows(message(3, 'for all', { reactions: { '👍': ['1'] } }), undefined).at(-1)).toContain('👍 1');
  });

  it('shows time and nick once for messages of a minute', () => {
    expect(rows(message(2, 'again'), message(1, 'hello'))).toEqual([`${' '.repeat(21)}again`]);
    expect(rows(message(2, 'later'), message(1, 'hello', { at: minutesAgo(1) }))).toEqual([
      ` 12:30${' '.repeat(10)}bob  later`,
    ]);
  });

  it('of one’s own stands on its way where it will stand', () => {
    const line = { cid: 'c', text: 'hi', state: 'sending', words: '', since: 0, late: false } as const;
    const own = { from: { id: '1', nick: 'ada' } };
    expect(rows(pendingItem(line), message(1, 'x', own))).toEqual([`${' '.repeat(21)}hi`]);
    expect(rows(pendingItem(line), message(1, 'x', { ...own, at: minutesAgo(1) }))[0]).toContain('ada  hi');
  });

  it('says the day when it changes', () => {
    expect(rows(message(2, 'x'), message(1, 'x', { at: minutesAgo(24 * 60) }))[0]).toContain('Today');
    expect(rows(message(2, 'x', { at: minutesAgo(24 * 60) }), undefined)[0]).toContain('Yesterday');
    expect(rows(message(2, 'x', { at: minutesAgo(48 * 60) }), undefined)[0]).toContain('Wednesday 18 November');
  });

  it('has its nick above it where there is little room', () => {
    expect(rows(message(2, 'hello'), message(1, 'x', { from: { id: '3', nick: 'eve' } }), 40)).toEqual([
      ' bob  12:30',
      '  hello',
    ]);
  });

  it('is told apart from the one above where a page shows it, and so is each of its lines, though neither has a name', () => {
    const beginsLine = (width: number, theme = numberedDark): boolean[] => {
      // Rows of the same words are shared: a process has terminals of one kind.
      const text = `${theme === dark ? 'Word ' : 'word '.repeat(2)}${'word '.repeat(14)}end\r\nnew line`;
      const said = message(2, text, { reactions: { '👍': ['1'] } });
      return timelineRows(said, width, message(1, 'x'), { ...context, theme }).map(
        (row) => row.text[textColumn(width) - 1] === '\u00a0',
      );
    };
    expect(beginsLine(72)).toEqual([true, false, true, true]);
    expect(beginsLine(50)).toEqual([true, false, true, true]);
    // What a terminal shows is copied as it is.
    expect(beginsLine(72, dark)).toEqual([false, false, false, false]);
    // Nor does an address that fills a row go on with the name above it.
    const [, words] = timelineRows(message(3, 'x'), 40, message(2, 'x', { from: { id: '3', nick: 'eve' } }), {
      ...context,
      theme: numberedDark,
    });
    expect(words?.text).toBe(' \u00a0x');
  });

  it('fits any width', () => {
    const long = message(2, 'Donaudampfschifffahrtsgesellschaftskapitän 日本語テキスト'.repeat(3));
    for (let width = 5; width < 120; width++) {
      const widest = Math.max(...timelineRows(long, width, message(1, 'x'), context).map((row) => row.width));
      expect(widest).toBeLessThanOrEqual(Math.max(width, 6));
    }
  });

  it('that names its reader stands out', () => {
    const [row] = timelineRows(message(2, 'ask Ada.'), 72, message(1, 'x'), context);
    expect(row?.fill).toBe(dark.mentionBackground);
    expect(row?.runs.find(({ style }) => style === dark.mention)?.text).toBe('Ada.');
    expect(timelineRows(message(3, 'adamant'), 72, message(1, 'x'), context)[0]?.fill).toBe(dark.background);
  });

  it('says what became of it', () => {
    expect(rows(message(2, 'x', { editedAt: NOW.toISOString() }), message(1, 'x'))[0]).toContain('x (edited)');
    expect(rows(message(2, '', { deleted: true }), message(1, 'x'))[0]).toContain('This message was deleted.');
    expect(rows(message(2, 'x', { reactions: { '👍': ['1', '3'] } }), message(1, 'x'))[1]).toContain('👍 2');
  });
});

describe('other lines', () => {
  it('are dim for those who come and go', () => {
    const from = { id: '3', nick: 'eve' };
    const joined = item(membershipRunOf({ type: 'member.joined', room: 'dev', seq: 2, at: NOW.toISOString(), from }));
    expect(rows(joined, message(1, 'x'))).toEqual([' 12:30            →  eve joined']);
  });

  it('say where the new messages begin', () => {
    const first = { ...message(2, 'x'), first: true } as TimelineItem;
    expect(rows(first, message(1, 'x'))[0]).toMatch(/─ new ─/u);
  });

  it('say how far one’s own message is', () => {
    const line = { cid: 'c', text: 'hi', state: 'sending', words: '', since: 0, late: false } as const;
    expect(rows(pendingItem(line), message(1, 'x'))).toEqual(['                ada  hi']);
    expect(rows(pendingItem({ ...line, late: true }), message(1, 'x'))).toEqual(['                ada  hi  sending…']);
    const failed = rows(pendingItem({ ...line, state: 'failed', words: 'You may not.' }), message(1, 'x'));
    expect(failed.join(' ')).toMatch(/Not sent: You may not\. \/retry sends it/u);
  });

  it('are notes to oneself', () => {
    const note = { id: 1, after: 1, tone: 'good', words: 'The server answered in 1.0 ms.' } as const;
    expect(rows(noteItem(note), message(1, 'x'))[0]).toContain('▪  The server answered');
  });
});
