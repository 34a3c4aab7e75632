/** The frames of a screen: how many there are for what changes, none while nobody looks, and in other colours. */
import type { RoomEvent } from '@parley/protocol';
import { keyInput } from '@parley/terminal';
import { describe, expect, it } from 'vitest';
import { listOf, NOW, online, you } from '../../test/acting-client.ts';
import { roomOf, ROOMS, ViewBench } from '../../test/view-bench.ts';
import type { Action } from '../state/actions.ts';
import { dark } from '../themes/dark.ts';
import { light } from '../themes/light.ts';

describe('the screen', () => {
  it('shows many comings and goings together, but for the first', async () => {
    const bench = new ViewBench({ cols: 90, rows: 24 });
    const comes = (id: string): Action => ({
      type: 'hint',
      hint: { type: 'presence', room: 'lobby', users: [{ id, nick: `guest${id}`, online: true }] },
      now: NOW,
    });
    bench.act({ type: 'started', now: NOW }, { type: 'connection', connection: online, now: NOW });
    const opened = { room: roomOf('lobby', 0), members: [{ ...you, online: true }], total: 1, events: [], more: false };
    bench.act({ type: 'room.opened', opened, fresh: true });
    await bench.screen();
    const before = bench.frames;
    for (let id = 10; id < 20; id++) bench.act(comes(String(id)));
    const shown = (await bench.screen()).join('\n').replaceAll(/\/\d+\|?|\d{6,}|-1/gu, '');
    expect(shown.match(/● guest/gu)).toHaveLength(10);
    expect(bench.frames - before).toBeLessThanOrEqual(2);
    bench.close();
  });

  it('shows messages that take long in several frames, and all of them in the end', async () => {
    const bench = new ViewBench({ cols: 300, rows: 60 });
    bench.act({ type: 'started', now: NOW }, { type: 'connection', connection: online, now: NOW });
    const events = Array.from({ length: 60 }, (_, index): RoomEvent => {
      const base = { room: 'lobby', seq: index + 1, at: new Date(NOW).toISOString(), from: { id: '2', nick: 'bob' } };
      return { ...base, type: 'message', text: `m${index + 1}. ${'👍🏽'.repeat(200)}`, cid: `c${index}` };
    });
    const opened = { room: roomOf('lobby', 0), members: [{ ...you, online: true }], total: 1, events, more: false };
    const before = bench.frames;
    bench.act({ type: 'room.opened', opened, fresh: true });
    const shown = await bench.screen();
    expect(bench.frames - before).toBeGreaterThan(1);
    const text = (await bench.cells()).map((row) => row.join('')).join('\n');
    for (const seq of [34, 46, 60]) expect(text.includes(`m${seq}.`)).toBe(true);
    bench.repaint();
    expect((await bench.screen()).join() === shown.join()).toBe(true);
    bench.close();
  });

  it('says nothing while nobody looks, and everything to whoever comes back', async () => {
    const bench = new ViewBench({ cols: 90, rows: 24 });
    bench.act({ type: 'started', now: NOW }, { type: 'connection', connection: online, now: NOW });
    await bench.screen();
    bench.detach();
    const before = bench.frames;
    bench.act({ type: 'input', input: { type: 'text', text: 'written meanwhile' }, now: NOW });
    bench.paint();
    expect(bench.frames).toBe(before);
    bench.repaint();
    expect((await bench.screen()).join('').replaceAll(/\/\d+\|?|\d{6,}/gu, '')).toContain('written');
    bench.close();
  });

  it('goes with the terminal’s background, and is then what it had been from the start, with nothing typed', async () => {
    const numbers = (theme: { background: { options: { bg?: string | number | undefined } } }): string =>
      String(Number.parseInt(String(theme.background.options.bg).slice(1), 16));
    const events = Array.from({ length: 60 }, (_, index): RoomEvent => {
      const words = index % 7 === 0 ? 'ada: look at https://example.org/x' : `message ${index}`;
      const from = { id: String(2 + (index % 5)), nick: `bob${index % 5}` };
      const base = { room: 'lobby', seq: index + 1, at: new Date(NOW + index * 60_000).toISOString(), from };
      return { ...base, type: 'message', text: words, cid: `c${index}` };
    });
    const start = (bench: ViewBench): void => {
      const opened = { room: roomOf('lobby', 3), members: [{ ...you, online: true }], total: 1, events, more: false };
      bench.act({ type: 'started', now: NOW }, { type: 'connection', connection: online, now: NOW });
      bench.act(listOf(...ROOMS.map((name) => roomOf(name, 3))));
      bench.act({ type: 'room.opened', opened, fresh: true });
      bench.paint();
      // Scrolled back: the place must stay.
      bench.act({ type: 'input', input: keyInput('pageup'), now: NOW });
      bench.paint();
    };
    const bench = new ViewBench({ cols: 120, rows: 40 });
    const asked = new ViewBench({ cols: 120, rows: 40 }, 'light');
    start(bench);
    start(asked);
    const before = await bench.screen();
    expect(before.join('|').includes(`/${numbers(dark)}|`)).toBe(true);
    bench.type('\x1b]11;rgb:ffff/ffff/ffff\x07');
    const shown = await bench.screen();
    expect(shown).toEqual(await asked.screen());
    expect(shown.join('|').includes(`/${numbers(light)}|`)).toBe(true);
    // What was asked for stays, whatever the terminal is like.
    asked.type('\x1b]11;rgb:0000/0000/0000\x1b\\');
    expect(await asked.screen()).toEqual(shown);
    bench.type('\x1b]11;rgb:0000/0000/0000\x1b\\');
    expect(await bench.screen()).toEqual(before);
    bench.close();
    asked.close();
  });
});
