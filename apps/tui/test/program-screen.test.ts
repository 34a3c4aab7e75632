/** The program on a PTY, and what its terminal shows: colours, sizes, and borders that nothing moves. */
import { TestTerminal } from '@parley/testkit';
import { describe, expect, it } from 'vitest';
import { count, ProgramBench } from './program-bench.ts';
import { say } from './start-program.ts';

const bench = new ProgramBench();

describe('a chat', () => {
  it('goes with the terminal’s colours, or with what its person says', async () => {
    const terminal = await bench.enter(bench.newName(), 'lobby');
    const background = (): string => terminal.cell(40, 20).background;
    const asked = (): number => Buffer.concat(terminal.output).toString().split('\x1b]11;?\x07').length - 1;
    expect([background(), asked()]).toEqual(['#14161b', 1]);
    terminal.type('\x1b]11;rgb:ffff/ff');
    terminal.type('ff/ffff\x1b\\');
    await terminal.waitFor(() => background() === '#fbfbfa');
    // The terminal tells of a change, and is asked what it is like now.
    terminal.type('\x1b[?997;1n');
    await terminal.waitFor(() => asked() === 2);
    terminal.type('\x1b]11;rgb:0000/0000/0000\x07');
    await terminal.waitFor(() => background() === '#14161b');
    expect(count(terminal.screen(), 'Message #lobby')).toBe(1);
    terminal.type('/theme light\r');
    await terminal.waitFor(() => background() === '#fbfbfa');
    terminal.type('/theme auto\r');
    await terminal.waitFor(() => background() === '#14161b');
  });

  it('has the colours that the terminal has, and without any shows where one is', async () => {
    const seen = [];
    for (const set of ['COLORTERM=', 'TERM=linux', 'NO_COLOR=1']) {
      const program = [process.execPath, bench.program.path, bench.server.url, '--nick', bench.newName()];
      const terminal = bench.use(TestTerminal.spawn('/usr/bin/env', ['COLORTERM=', set, ...program]));
      const row = (await terminal.waitFor('▌#lobby')).findIndex((line) => line.includes('▌#lobby'));
      const { background, inverse } = terminal.cell(3, row);
      const written = Buffer.concat(terminal.output).toString();
      const named = [/\x1b\[[\d;]*[34]8;2;/u, /\x1b\[(?:[\d;]*;)?(?:3|4|9|10)\d(?:;[\d;]*)?m/u];
      seen.push([background, inverse, ...named.map((each) => each.test(written))]);
    }
    expect(seen).toEqual([
      ['palette:238', false, false, true],
      ['default', true, false, true],
      ['default', true, false, false],
    ]);
  });

  it('fits 40×12, 80×24 and 200×50, in any order', async () => {
    const { room } = await bench.roomWith(3);
    const nick = bench.newName();
    const terminal = await bench.enter(nick, room, { cols: 80, rows: 24 });
    await terminal.waitFor('MEMBERS');
    terminal.type('a draft that stays');
    for (const [cols, rows, panes] of [
      [40, 12, []],
      [200, 50, ['ROOMS', 'MEMBERS']],
      [64, 20, ['ROOMS']],
      [80, 24, ['ROOMS', 'MEMBERS']],
    ] as const) {
      terminal.resize(cols, rows);
      await terminal.waitFor((screen) => {
        const all = screen.join('\n');
        const shown = ['ROOMS', 'MEMBERS'].filter((each) => all.includes(each));
        const isWhole = ['message 3.', 'a draft that stays', nick, '●'].every((each) => all.includes(each));
        return isWhole && shown.join() === panes.join() && screen.at(-1)?.includes('●') === true;
      });
      for (const line of terminal.screen()) expect(line.length).toBeLessThanOrEqual(cols);
    }
  });

  it('lets nothing that people write act on the terminal or move a border, wherever it stands', async () => {
    // Every control character but U+0000, which no server takes.
    const controls = String.fromCharCode(
      ...Array.from({ length: 0x9f }, (_, at) => at + 1).filter((code) => code < 0x20 || code > 0x7e),
    );
    const evil = `a\x1b[31m\x1b]2;owned\x07\x9b2J\x1bP$qm\x1b\\\u202e${controls}👨‍👩‍👧日本z${'\u0301'.repeat(20)}{red-fg}b`;
    const [nick, room] = [bench.newName('山田ﾊﾟ한'), bench.newName('部屋مر')];
    const writer = await bench.guest(nick);
    const made = await writer.request({ type: 'room.create', room, title: evil, topic: evil });
    expect(made).toMatchObject({ type: 'room.joined', room: { title: evil, topic: evil } });
    await say(writer, room, evil);
    const terminal = await bench.enter(bench.newName('ⅧあΩ'), room);
    await terminal.waitFor('{red-fg}b');
    await terminal.waitFor(nick);
    const written = Buffer.concat(terminal.output).toString();
    expect(written).not.toContain('owned\x07');
    expect(written).not.toContain('\x1b[31m');
    expect(written).not.toContain('\x1bP');
    expect(written).not.toMatch(/[\u0080-\u009f\u202e]/u);
    const edges = [17, 65].map((column) => terminal.screen().map((_, row) => terminal.cell(column, row).text));
    expect(edges.map((cells) => new Set(cells.slice(0, 23)))).toEqual([new Set(['│']), new Set(['│'])]);
  });

  it('keeps columns straight around emoji and wide characters', async () => {
    const { room, writer } = await bench.roomWith(1);
    await say(writer, room, '日本語テキスト', 'ok ✅ 👍');
    const terminal = await bench.enter(bench.newName(), room);
    await terminal.waitFor('日本語テキスト');
    const edges = terminal
      .screen()
      .slice(0, 22)
      .map((_, row) => terminal.cell(17, row).text);
    expect(new Set(edges)).toEqual(new Set(['│']));
  });
});
