/** What is seen by whoever comes by a link, of the room and of what they do there first. */
import type { RoomEvent } from '@parley/protocol';
import { keyInput } from '@parley/terminal';
import { describe, expect, it } from 'vitest';
import { listOf, NOW, online, room, you } from '../../test/acting-client.ts';
import { byLink, glimpse, roomOf, ViewBench } from '../../test/view-bench.ts';
import type { Action } from '../state/actions.ts';

it('stays where one has scrolled to in a glimpse', async () => {
  const bench = new ViewBench({ cols: 90, rows: 24 }, 'auto', byLink);
  const messages = async (): Promise<string[]> =>
    (await bench.cells()).map((row) => /said \d+\./u.exec(row.join(''))?.[0] ?? '').filter((words) => words !== '');
  bench.act({ type: 'started', now: NOW }, { type: 'glimpsed', glimpse });
  expect(await messages()).toContain('said 60.');
  bench.act({ type: 'input', input: keyInput('pageup'), now: NOW });
  const scrolled = await messages();
  expect(scrolled).not.toContain('said 60.');
  bench.act({ type: 'connection', connection: online, now: NOW });
  expect(await messages()).toEqual(scrolled);
  const events = Array.from({ length: 50 }, (_, index): RoomEvent => {
    const base = { room: 'dev', seq: index + 12, at: new Date(NOW).toISOString(), from: { id: '2', nick: 'bob' } };
    return { ...base, type: 'message', text: `said ${index + 12}.`, cid: `c${index}` };
  });
  const opened = { room: { ...roomOf('dev', 0), lastSeq: 61, readSeq: 61 }, members: [], total: 2, events, more: true };
  bench.act({ type: 'room.opened', opened, fresh: true });
  expect(await messages()).toEqual(scrolled);
  bench.act({ type: 'input', input: keyInput('end', { ctrl: true }), now: NOW });
  expect(await messages()).toContain('said 61.');
  bench.close();
});

describe('whoever comes by a link', () => {
  const opened = { room: roomOf('dev', 0), members: [{ ...you, online: true }], total: 1, events: [], more: false };
  const come = (size = { cols: 120, rows: 40 }): ViewBench => {
    const bench = new ViewBench(size, 'auto', { nick: 'ada', room: 'dev' });
    bench.act({ type: 'started', now: NOW }, { type: 'connection', connection: online, now: NOW });
    return bench;
  };
  const text = async (bench: ViewBench): Promise<string> => (await bench.cells()).map((row) => row.join('')).join('\n');

  it('sees the room first, at once when it is there', () => {
    const bench = come();
    const before = bench.frames;
    expect(bench.written).not.toMatch(/Entering|Opening/);
    bench.act({ type: 'room.opened', opened, fresh: true });
    expect(bench.frames).toBe(before + 1);
    expect(bench.written).toContain('Message #dev');
    expect(bench.written).not.toMatch(/Entering|Opening/);
    bench.close();
  });

  it('sees what was said before hundreds came in without a word at once, too', () => {
    const bench = come();
    const base = { room: 'dev', at: new Date(NOW).toISOString() };
    const comings = Array.from({ length: 50 }, (_, index): RoomEvent => {
      return { ...base, type: 'member.joined', seq: 101 + index, from: { id: `${index + 10}`, nick: `p${index}` } };
    });
    const said = Array.from({ length: 100 }, (_, index): RoomEvent => {
      const words = { text: `word ${index + 1}`, cid: `c${index}` };
      return { ...base, type: 'message', seq: 1 + index, from: { id: '2', nick: 'bob' }, ...words };
    });
    const room = { ...roomOf('dev', 0), lastSeq: 150, readSeq: 150 };
    bench.act({ type: 'room.opened', opened: { ...opened, room, events: comings, more: true }, fresh: true });
    const before = bench.frames;
    expect(bench.written).toContain('48 others joined');
    bench.act({ type: 'paged', room: 'dev', before: 101, events: said, more: false });
    expect(bench.frames).toBe(before + 1);
    expect(bench.written).toContain('word 100');
    bench.close();
  });

  it('means whom one sees where one clicks, whoever has come since that was painted', () => {
    const bench = come({ cols: 120, rows: 24 });
    const member = (id: string, nick: string) => ({ id, nick, guest: false, online: true });
    const members = [{ ...you, online: true }, member('5', 'mia'), member('6', 'zoe')];
    bench.act({ type: 'room.opened', opened: { ...opened, members }, fresh: true });
    bench.paint();
    const users = [member('7', 'bea')];
    bench.act({ type: 'hint', now: NOW, hint: { type: 'presence', room: 'dev', users } });
    // The heading, ada, mia.
    bench.type('\x1b[<0;115;3M');
    expect(bench.active).toBe('@ mia');
    bench.close();
  });

  it('is told what leads to the newest message, and what else End is for', async () => {
    const bench = come();
    const events = Array.from({ length: 60 }, (_, index) => ({
      type: 'message' as const,
      room: 'dev',
      seq: index + 1,
      at: new Date(NOW).toISOString(),
      from: { id: '2', nick: 'bob' },
      text: `m${index + 1}.`,
      cid: `c${index + 1}`,
    }));
    bench.act({ type: 'room.opened', opened: { ...opened, events }, fresh: true });
    await text(bench);
    bench.type('\x1b[5~');
    expect(await text(bench)).toContain('↓ End: newest');
    bench.type('draft');
    expect(await text(bench)).toContain('↓ Ctrl+End: newest');
    bench.type('\x1b[1;5F');
    const shown = await text(bench);
    expect(shown).not.toContain('newest');
    expect(shown).toContain('m60.');
    bench.close();
  });

  it('is told what went wrong on the smallest screen, too, for as long as elsewhere', async () => {
    const bench = come({ cols: 20, rows: 5 });
    bench.act({ type: 'room.opened', opened, fresh: true });
    expect(await text(bench)).toMatch(/ ● +ada/);
    bench.act({ type: 'line', text: '/nope', now: NOW });
    const said = await text(bench);
    expect(said).toContain('There is no comman…');
    expect(said).not.toMatch(/ ● +ada/);
    bench.act({ type: 'ticked', now: NOW + 60_000 });
    expect(await text(bench)).toMatch(/ ● +ada/);
    bench.close();
  });

  it('is told what leaving costs, also on a small screen', async () => {
    const bench = come({ cols: 40, rows: 12 });
    bench.act({ type: 'room.opened', opened, fresh: true });
    const escape: Action = { type: 'input', input: keyInput('escape'), now: NOW };
    bench.act(escape, escape);
    expect(await text(bench)).toMatch(/Leave Parley\?.*\n[│ ]+\n.*Enter leave · Esc stay/u);
    bench.act(escape);
    bench.type('not sent');
    bench.act(listOf(room('dev'), room('den', { kind: 'private' })), escape, escape);
    const costs =
      /Leave Parley\?.*\n.*What is not sent is lost\..*\n.*As a guest you lose your private.*\n.*rooms and conversations\./u;
    expect(await text(bench)).toMatch(costs);
    bench.close();
  });

  it('is told how to use a list, and that nothing in it matches', async () => {
    const bench = come();
    bench.act({ type: 'room.opened', opened, fresh: true }, { type: 'input', input: keyInput('f3'), now: NOW });
    expect(await text(bench)).toMatch(/─ \d · Enter opens · Esc closes ─/u);
    bench.type('nobody of this name');
    expect(await text(bench)).toMatch(/Nobody matches\.[^]*─ Esc closes ─/u);
    bench.close();
  });

  it('is told how to sign in until there is a nick', async () => {
    const bench = new ViewBench({ cols: 80, rows: 24 });
    bench.act({ type: 'started', now: NOW });
    expect(await text(bench)).toContain('←/→ another way in · Enter go on');
    bench.type('ada');
    expect(await text(bench)).toContain('Tab next · Enter go on · Ctrl+C leave');
    bench.close();
  });

  it('sees how far it is when that takes a while', async () => {
    const bench = come();
    expect(await text(bench)).toContain('Opening #dev');
    bench.close();
  });

  it('sees at once what went wrong', () => {
    const bench = new ViewBench({ cols: 120, rows: 40 }, 'auto', { nick: 'ada', room: 'dev' });
    bench.act({ type: 'started', now: NOW }, { type: 'welcome.failed', words: 'Nothing answers.' });
    bench.paint();
    expect(bench.written).toContain('Nothing answers.');
    bench.close();
  });
});
