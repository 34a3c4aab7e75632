/** The program on a PTY, and what it leaves of the terminal when it stops or ends, however that comes. */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { TestTerminal } from '@parley/testkit';
import { describe, expect, it } from 'vitest';
import { count, ProgramBench } from './program-bench.ts';

const bench = new ProgramBench();

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
