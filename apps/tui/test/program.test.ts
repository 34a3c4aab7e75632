/** The terminal client as people meet it: a program on a PTY against a real core. */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { pollFor, TestTerminal } from '@parley/testkit';
import { describe, expect, it } from 'vitest';
import { count, ProgramBench } from './program-bench.ts';
import { say } from './start-program.ts';

const bench = new ProgramBench();

describe('the welcome screen', () => {
  it('asks for the server, then for a nick, and says in place what is wrong', async () => {
    const terminal = bench.start([]);
    await terminal.waitFor('Which server?');
    terminal.press('ctrl-u');
    terminal.type('127.0.0.1:1\r');
    await terminal.waitFor('Nothing answers at http://127.0.0.1:1.');
    terminal.press('ctrl-u');
    terminal.type(`${bench.server.url}\r`);
    await terminal.waitFor('Who are you?');
    terminal.type('not a nick\r');
    await terminal.waitFor('A nick has letters, digits');
    terminal.press('ctrl-u');
    const nick = bench.newName();
    terminal.type(`${nick}\r`);
    await terminal.waitFor('Message #lobby');
    expect(await terminal.waitFor(`● ${nick}`)).toBeDefined();
  });

  it('registers and signs in with a masked password', async () => {
    const nick = bench.newName();
    const first = bench.start([bench.server.url]);
    await first.waitFor('Who are you?');
    first.press('shift-tab', 'right', 'right', 'enter');
    first.type(`${nick}\tcorrect horse\tcorrect horse`);
    await first.waitFor('•••••••••••••');
    expect(first.screen().join('\n')).not.toContain('horse');
    first.press('enter');
    await first.waitFor('Message #lobby');
    first.press('ctrl-c');
    await first.exited;
    const second = bench.start([bench.server.url]);
    await second.waitFor('Who are you?');
    second.press('shift-tab', 'right', 'enter');
    second.type(`${nick}\twrong horse\r`);
    await second.waitFor((screen) => screen.some((line) => /password/i.test(line) && /wrong|not/i.test(line)));
    second.press('ctrl-u');
    second.type('correct horse\r');
    await second.waitFor('Message #lobby');
  });

  it('says that a link’s nick is taken, prefilled', async () => {
    const nick = bench.newName();
    await bench.guest(nick);
    const terminal = bench.start([bench.server.url, '--nick', nick]);
    await terminal.waitFor(`${nick} is taken here.`);
    terminal.type('x\r');
    await terminal.waitFor('Message #lobby');
    expect(count(terminal.screen(), `${nick}x`)).toBeGreaterThan(0);
  });
});

describe('a chat', () => {
  it('shows what others say as it comes, and others what it says', async () => {
    const { room, writer } = await bench.roomWith(1);
    const terminal = await bench.enter(bench.newName(), room);
    await terminal.waitFor('message 1.');
    await say(writer, room, 'how are you?');
    await terminal.waitFor('how are you?');
    terminal.type('fine, thank you\r');
    await writer.next({ type: 'message', text: 'fine, thank you' });
    expect(count(await terminal.waitFor('fine, thank you'), 'fine, thank you')).toBe(1);
  });

  it('opens a room that is named with its sign', async () => {
    const { room } = await bench.roomWith(1);
    const terminal = bench.start([bench.server.url, '--nick', bench.newName(), '--room', `#${room}`]);
    expect(await terminal.waitFor('message 1.')).toBeDefined();
  });

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

  it('sends a paste of many lines as one message', async () => {
    const { room, writer } = await bench.roomWith(1);
    const terminal = await bench.enter(bench.newName(), room);
    terminal.paste('one\ntwo\nthree');
    await terminal.waitFor('three');
    terminal.press('enter');
    expect(await writer.next({ type: 'message', text: 'one\ntwo\nthree' })).toBeDefined();
  });

  it('scrolls back to the first message, holds its place, and says what is new below', async () => {
    const { room, writer } = await bench.roomWith(230);
    const terminal = await bench.enter(bench.newName(), room);
    await terminal.waitFor('message 230.');
    terminal.press('page-up');
    await terminal.waitFor('End: newest');
    // The messages' columns: the list of rooms beside them counts what is unread.
    const messages = (): string[] =>
      terminal
        .screen()
        .slice(1, 12)
        .map((line) => line.slice(18, 64));
    const held = messages();
    await say(writer, room, 'new 1', 'new 2', 'new 3');
    await terminal.waitFor('3 new below');
    expect(messages()).toEqual(held);
    await terminal.waitFor((screen) => {
      if (screen.some((line) => line.includes('This is the beginning'))) return true;
      terminal.press('home');
      return false;
    });
    expect(terminal.screen().join('\n')).toContain('message 1.');
    terminal.press('end');
    await terminal.waitFor('new 3');
    await terminal.waitFor((screen) => count(screen, 'new below') === 0);
  });

  it('stands where it was left when one comes back to a room', async () => {
    const { room, writer } = await bench.roomWith(120);
    const terminal = await bench.enter(bench.newName(), room);
    await terminal.waitFor('message 120.');
    terminal.press('page-up', 'page-up');
    // Each key is answered by itself: the words for the first one don't tell that the second has been.
    await terminal.waitFor(
      (screen) => screen.join('\n').includes('End: newest') && count(screen, 'message 100.') === 0,
    );
    // Below the first lines, which change when an older page comes above them.
    const messages = (): string[] =>
      terminal
        .screen()
        .slice(3, 20)
        .map((line) => line.slice(18, 64));
    const held = messages();
    terminal.press('alt-1');
    await terminal.waitFor('Message #lobby');
    await say(writer, room, 'meanwhile');
    terminal.press('alt-2');
    await terminal.waitFor('1 new below');
    expect(messages()).toEqual(held);
  });

  it('rings and notifies when someone is named in another room', async () => {
    const { room, writer, nick } = await bench.roomWith(1);
    const name = bench.newName();
    const terminal = await bench.enter(name, room);
    terminal.press('alt-1');
    await terminal.waitFor('Message #lobby');
    await say(writer, room, `${name}: look; here`);
    const written = (): string => Buffer.concat(terminal.output).toString();
    const notification = `\x1b]777;notify;${nick} in #${room};${name}: look, here\x07`;
    await terminal.waitFor(() => written().includes(notification));
    // The bell that rings is one that ends no escape sequence.
    const bells = (): string => written().replaceAll(/\x1b\][^\x07]*\x07/gu, '');
    await terminal.waitFor(() => bells().includes('\x07'));
    expect(await terminal.waitFor(/#room\d+ +1/u)).toBeDefined();
  });

  it('rings and notifies when someone is named in a room that was not opened', async () => {
    const { room, writer } = await bench.roomWith(1);
    const name = bench.newName();
    const terminal = await bench.enter(name, room);
    await writer.request({ type: 'room.join', room: 'lobby' });
    await say(writer, 'lobby', `Where is ${name}?`);
    const notification = '\x1b]777;notify;#lobby;You are mentioned there.\x07';
    await terminal.waitFor(() => Buffer.concat(terminal.output).toString().includes(notification));
    // The count stands in the colour of mentions.
    const line = (await terminal.waitFor(/#lobby +\d/u)).findIndex((each) => /#lobby +\d/u.test(each));
    const column = /#lobby +/u.exec(terminal.screen()[line] ?? '')?.[0].length ?? 0;
    expect(terminal.cell(column + 1, line)).toMatchObject({ foreground: '#e8c26a', bold: true });
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

  it('opens a clicked room and scrolls with the wheel', async () => {
    const { room } = await bench.roomWith(60);
    const terminal = await bench.enter(bench.newName(), room);
    await terminal.waitFor('message 60.');
    expect(terminal.modes.mouseTrackingMode).not.toBe('none');
    terminal.type('\x1b[<64;40;10M');
    await terminal.waitFor('End: newest');
    terminal.type('\x1b[<0;4;2M\x1b[<0;4;2m');
    await terminal.waitFor('Message #lobby');
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

  it('asks for the password of a room', async () => {
    const owner = await bench.guest(bench.newName());
    const room = `den${bench.newName('')}`;
    await owner.request({ type: 'room.create', room, kind: 'private', password: 'sesame' });
    const terminal = await bench.enter(bench.newName(), 'lobby');
    terminal.type(`/join ${room}\r`);
    await terminal.waitFor(`Joining ${room}.`);
    terminal.type('sesame');
    await terminal.waitFor('••••••');
    terminal.press('enter');
    expect(await terminal.waitFor(`Message &${room}`)).toBeDefined();
  });
});

describe('who one is', () => {
  it('changes for a guest with /nick, for all to see, and not to a nick that is taken', async () => {
    const { room, writer } = await bench.roomWith(1);
    const taken = bench.newName();
    await bench.guest(taken);
    const terminal = await bench.enter(bench.newName(), room, { cols: 100, rows: 24 });
    terminal.type(`/nick ${taken}\r`);
    await terminal.waitFor(`${taken} is taken here.`);
    const nick = bench.newName();
    terminal.type(`/nick ${nick}\r`);
    await terminal.waitFor(`You are ${nick} now.`);
    await say(writer, room, `hello ${nick}`);
    expect(count(await terminal.waitFor(`hello ${nick}`), `hello ${nick}`)).toBe(1);
    terminal.type('it is me\r');
    expect(await writer.next({ type: 'message', text: 'it is me' })).toMatchObject({ from: { nick } });
    await terminal.waitFor((screen) => count(screen, `● ${nick}`) === 1 && count(screen, 'connected') === 1);
  });

  it('ends with /logout: the account’s session is revoked, and the welcome screen is back', async () => {
    const { terminal, savedStatus } = await registered();
    terminal.type('/logout\r');
    await terminal.waitFor('You have signed out.');
    expect(await savedStatus()).toBe(404);
    terminal.type('correct horse\r');
    await terminal.waitFor('Message #lobby');
  });

  it('ends with /logout also while the server is away, which is told when it is back', async () => {
    const { terminal, savedStatus } = await registered();
    await bench.server.kill('SIGKILL');
    await terminal.waitFor(/reconnecting in \d+ s/u);
    terminal.type('/logout\r');
    await terminal.waitFor('the server will be told');
    await bench.server.restart();
    await terminal.waitFor('You have signed out.');
    expect(await savedStatus()).toBe(404);
    // The same person again, at the same place.
    terminal.type('correct horse\r');
    await terminal.waitFor('Message #lobby');
    await pollFor(savedStatus, 200);
  });
});

/** An account in a hosted client, whose place is saved. `savedStatus`: the HTTP status of asking for that. */
async function registered(): Promise<{ terminal: TestTerminal; savedStatus: () => Promise<number> }> {
  const key = crypto.randomUUID().replaceAll('-', '').repeat(2);
  const env = { PARLEY_SERVER: bench.server.url, PARLEY_SESSION: key };
  const terminal = bench.start(['--hosted'], { env });
  await terminal.waitFor('A guest needs no password');
  terminal.press('shift-tab', 'right', 'right', 'enter');
  terminal.type(`${bench.newName()}\tcorrect horse\tcorrect horse\r`);
  await terminal.waitFor('Message #lobby');
  const savedStatus = async (): Promise<number> =>
    (await fetch(`${bench.server.url}/api/terminal-sessions/${key}`)).status;
  await pollFor(savedStatus, 200);
  return { terminal, savedStatus };
}

describe('a lost connection', () => {
  it('is said, keeps the draft, and comes back without a lost or doubled message', async () => {
    const { room } = await bench.roomWith(2);
    const terminal = await bench.enter(bench.newName(), room, { cols: 110, rows: 24 });
    await terminal.waitFor('message 2.');
    await bench.server.kill('SIGKILL');
    await terminal.waitFor(/reconnecting in \d+ s \(attempt \d+\)/u);
    terminal.type('written while away\r');
    await terminal.waitFor('waiting to be sent');
    terminal.type('still a draft');
    await bench.server.restart();
    await terminal.waitFor('connected');
    await terminal.waitFor(
      (screen) => count(screen, 'written while away') === 1 && count(screen, 'waiting to be sent') === 0,
    );
    expect(count(terminal.screen(), 'message 2.')).toBe(1);
    expect(count(terminal.screen(), 'still a draft')).toBe(1);
  });
});

describe('stopping', () => {
  const modes = (terminal: TestTerminal): unknown[] => {
    const { bracketedPasteMode, mouseTrackingMode, sendFocusMode } = terminal.modes;
    return [terminal.isAlternateScreen, bracketedPasteMode, mouseTrackingMode, sendFocusMode];
  };

  it.each(['Ctrl+Z', 'SIGTSTP'])(
    'with %s gives the terminal to the shell, and takes it again in the foreground',
    async (how) => {
      const terminal = bench.use(TestTerminal.spawn('/bin/sh', ['-i'], { cols: 120, env: { PS1: '> ' } }));
      await terminal.waitFor('> ');
      const args = [
        '--require',
        bench.program.crashScript,
        bench.program.path,
        bench.server.url,
        '--nick',
        bench.newName(),
      ];
      terminal.type(`${[process.execPath, ...args].join(' ')}\r`);
      await terminal.waitFor('Message #lobby');
      const taken = modes(terminal);
      if (how === 'Ctrl+Z') terminal.press('ctrl-z');
      else process.kill(Number(readFileSync(bench.program.pidFile, 'utf8')), 'SIGTSTP');
      // What is typed before the shell has the terminal may still be the client's.
      await terminal.waitFor(
        (screen) => !terminal.isAlternateScreen && /Stopped[^]*\n> $/u.test(screen.join('\n').trimEnd() + ' '),
      );
      terminal.type('echo in the" "shell\r');
      await terminal.waitFor('in the shell');
      expect(modes(terminal)).toEqual([false, false, 'none', false]);
      terminal.resize(100, 20);
      terminal.type('fg\r');
      // In its present size: the end of the last row was cut off in the one before.
      await terminal.waitFor((screen) => /Message #lobby.*\n.*Esc Esc leave/u.test(screen.slice(-2).join('\n')));
      expect(modes(terminal)).toEqual(taken);
      // Words of its own: another one's would be seen before these are typed.
      const words = `there after ${how}`;
      terminal.type(`${words}\r`);
      await terminal.waitFor((screen) => count(screen, words) === 1 && count(screen, 'Message #lobby') === 1);
    },
  );

  it('does not stop where there is no shell to continue it', async () => {
    const terminal = await bench.enter(bench.newName(), 'lobby');
    terminal.press('ctrl-z');
    await terminal.waitFor(() => Buffer.concat(terminal.output).toString().includes('\x1b[?1049l'));
    terminal.type('goes on');
    expect(count(await terminal.waitFor('goes on'), 'goes on')).toBe(1);
    expect(terminal.isAlternateScreen).toBe(true);
  });
});

describe('leaving', () => {
  const RESTORED = { isAlternateScreen: false, pastes: false, mouse: 'none', focus: false, firstRow: 'before' };

  /** Waits for the program's end and answers what it left of the terminal. */
  async function afterwards(terminal: TestTerminal, code: number): Promise<typeof RESTORED> {
    await terminal.waitFor(`ended with ${code}`);
    const settings = (screen: readonly string[]): string[] =>
      screen.filter((line) => /^[0-9a-f]+:[0-9a-f:]+/u.test(line));
    // What `stty -g` says after is what it said before.
    await terminal.waitFor((screen) => settings(screen).length === 2 && new Set(settings(screen)).size === 1);
    const { bracketedPasteMode: pastes, mouseTrackingMode: mouse, sendFocusMode: focus } = terminal.modes;
    const firstRow = terminal.screen()[0] ?? '';
    return { isAlternateScreen: terminal.isAlternateScreen, pastes, mouse, focus, firstRow };
  }

  async function inShell(nodeArgs: readonly string[] = []): Promise<TestTerminal> {
    const args = [bench.server.url, '--nick', bench.newName()];
    const terminal = bench.startInShell(args, { cols: 120, nodeArgs });
    await terminal.waitFor('Message #lobby');
    expect(terminal.isAlternateScreen).toBe(true);
    return terminal;
  }

  it('with /quit gives the terminal back as it was', async () => {
    const terminal = await inShell();
    terminal.type('/quit\r');
    expect(await afterwards(terminal, 0)).toEqual(RESTORED);
  });

  it('with Ctrl+C gives the terminal back as it was', async () => {
    const terminal = await inShell();
    terminal.press('ctrl-c');
    expect(await afterwards(terminal, 0)).toEqual(RESTORED);
  });

  it('with Esc, Esc and Enter gives the terminal back as it was', async () => {
    const terminal = await inShell();
    terminal.press('escape');
    await terminal.waitFor('Esc once more');
    terminal.press('escape');
    await terminal.waitFor('Leave Parley?');
    terminal.press('enter');
    expect(await afterwards(terminal, 0)).toEqual(RESTORED);
  });

  it('by a crash gives the terminal back, and the error is to be read', async () => {
    const terminal = await inShell(['--require', bench.program.crashScript]);
    process.kill(Number(readFileSync(bench.program.pidFile, 'utf8')), 'SIGUSR2');
    await terminal.waitFor('Error: boom');
    expect(await afterwards(terminal, 1)).toEqual(RESTORED);
  });

  it.each([[[]], [['--plain']]])('with its terminal, which is closed, is no crash (%j)', async (options) => {
    const terminal = bench.start([bench.server.url, '--nick', bench.newName(), ...options]);
    await terminal.waitFor(/lobby/);
    terminal.hangUp();
    expect(await terminal.exited).toMatchObject({ signal: constants.signals.SIGHUP });
  });

  it('by SIGTERM and SIGHUP gives the terminal back and ends with 0', async () => {
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
      const terminal = await bench.enter(bench.newName(), 'lobby');
      terminal.kill(signal);
      expect(await terminal.exited).toMatchObject({ exitCode: 0 });
      expect(terminal.isAlternateScreen).toBe(false);
    }
  });
});
