/** The package as one file that runs alone, on a real PTY under a shell. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pollFor } from '@parley/testkit';
import { build } from 'esbuild';
import { type IPty, spawn } from 'node-pty';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { blessedPlugin } from '../build/blessed-plugin.mjs';
import { ParsedScreen } from './parsed-screen.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-terminal-'));
const program = join(folder, 'fixture.cjs');

beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL('./fixture-program.ts', import.meta.url))],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    plugins: [blessedPlugin()],
    logLevel: 'silent',
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

class Shell {
  readonly screen = new ParsedScreen(60, 12);
  readonly #pty: IPty;
  #over = false;

  constructor() {
    this.#pty = spawn('/bin/sh', ['-i'], {
      cols: 60,
      rows: 12,
      cwd: folder,
      // A tmux that isn't there and a home that can't be read: nothing of it may matter.
      env: { PATH: process.env.PATH, PS1: '$ ', TERM: 'xterm-256color', TMUX: '/none', HOME: '/nonexistent' },
    });
    this.#pty.onData((data) => this.screen.write(data));
    this.#pty.onExit(() => (this.#over = true));
  }

  type(text: string): void {
    this.#pty.write(text);
  }
  resize(cols: number, rows: number): void {
    this.screen.resize(cols, rows);
    this.#pty.resize(cols, rows);
  }
  /** Waits until the screen's text fulfils the condition; fails with the last text. */
  async waitFor(condition: (text: string) => boolean): Promise<string> {
    const read = async (): Promise<string[]> => {
      await this.screen.parsed();
      return this.screen.lines();
    };
    const lines = await pollFor(read, (seen) => condition(seen.join('\n')));
    return lines.join('\n');
  }
  close(): void {
    if (!this.#over) this.#pty.kill('SIGKILL');
    this.screen.dispose();
  }
}

let shell: Shell | undefined;
afterEach(() => shell?.close());

describe('a bundled program on a PTY', () => {
  test('runs from one file alone and shows what is typed', async () => {
    expect(readdirSync(folder)).toEqual(['fixture.cjs']);
    shell = new Shell();
    await shell.waitFor((text) => text.startsWith('$'));
    shell.type(`${process.execPath} fixture.cjs\n`);
    await shell.waitFor((text) => text.includes('┌─ ready ─') && text.includes('boxed') && text.includes('two'));
    shell.type('héllo 日本 👍🏽\x1b[D\x1b[D!');
    await shell.waitFor((text) => text.includes('héllo 日本! 👍🏽'));
    shell.resize(40, 10);
    await shell.waitFor((text) => text.split('\n').some((line) => line.startsWith('┌─ ready') && line.length === 40));
  });

  test('leaves the terminal as it was: settings, modes, screen, cursor', async () => {
    shell = new Shell();
    await shell.waitFor((text) => text.startsWith('$'));
    shell.type('echo before; stty -a > before.txt\n');
    await shell.waitFor((text) => text.includes('\nbefore\n$'));
    await shell.waitFor(() => existsSync(join(folder, 'before.txt')));
    const modes = shell.screen.modes;
    shell.type(`${process.execPath} fixture.cjs; stty -a > after.txt; echo 'left with' $?\n`);
    await shell.waitFor((text) => text.includes('─ ready ─'));
    shell.type('some text\x1b[<64;1;1M');
    await shell.waitFor((text) => text.includes('some text'));
    expect(shell.screen.buffer).toBe('alternate');
    shell.type('\x03');
    const text = await shell.waitFor((seen) => /^left with 0\n\$/m.test(seen));
    expect(text).toContain('\nbefore\n');
    expect(text).not.toContain('ready');
    expect(shell.screen.buffer).toBe('normal');
    expect(shell.screen.modes).toEqual(modes);
    expect(shell.screen.cursor).toMatchObject({ x: 2 });
    expect(readFileSync(join(folder, 'after.txt'), 'utf8')).toBe(readFileSync(join(folder, 'before.txt'), 'utf8'));
  });
});
