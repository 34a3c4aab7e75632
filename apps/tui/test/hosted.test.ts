/** The terminal client as a gateway runs it: its server, session and link come from the environment. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { count, ProgramBench } from './program-bench.ts';

const bench = new ProgramBench();

describe('a hosted client', () => {
  it('shows nothing of the program’s inside when it crashes', async () => {
    const env = { PARLEY_SERVER: bench.server.url, PARLEY_NICK: bench.newName() };
    const terminal = bench.startInShell(['--hosted'], { env, nodeArgs: ['--require', bench.program.crashScript] });
    await terminal.waitFor('Message #lobby');
    process.kill(Number(readFileSync(bench.program.pidFile, 'utf8')), 'SIGUSR2');
    await terminal.waitFor('ended with 1');
    expect(terminal.screen().join('\n')).not.toMatch(/boom|at .*\.cjs/u);
  });

  it('comes back to its room, place and draft', async () => {
    const { room } = await bench.roomWith(120);
    const env = {
      PARLEY_SERVER: bench.server.url,
      PARLEY_SESSION: crypto.randomUUID().replaceAll('-', '').repeat(2),
      PARLEY_NICK: bench.newName(),
      PARLEY_ROOM: room,
    };
    const first = bench.start(['--hosted'], { env });
    await first.waitFor('message 120.');
    first.press('page-up', 'page-up', 'page-up');
    await first.waitFor('End: newest');
    // The newest page ends at 71: what is older has come, and nothing moves any more.
    await first.waitFor(/message ([1-6]?\d|70)\./u);
    first.type('half a sent');
    await first.waitFor('half a sent');
    const before = first.screen();
    first.kill('SIGHUP');
    await first.exited;
    const second = bench.start(['--hosted'], { env });
    await second.waitFor('half a sent');
    const messages = (screen: readonly string[]): string => screen.slice(1, 20).join('\n');
    expect(messages(await second.waitFor((screen) => messages(screen) === messages(before)))).toContain('message');
  });

  it('comes back to the drafts of all its rooms, also by a link to another one, and once more after that', async () => {
    const [{ room: first }, { room: second }] = [await bench.roomWith(1), await bench.roomWith(1)];
    const env = {
      PARLEY_SERVER: bench.server.url,
      PARLEY_SESSION: crypto.randomUUID().replaceAll('-', '').repeat(2),
      PARLEY_NICK: bench.newName(),
    };
    const writing = bench.start(['--hosted'], { env: { ...env, PARLEY_ROOM: first } });
    await writing.waitFor(`Message #${first}`);
    writing.type('for the first');
    await writing.waitFor('for the first');
    writing.press('alt-1');
    await writing.waitFor('Message #lobby');
    writing.type('for the lobby');
    await writing.waitFor('for the lobby');
    writing.kill('SIGHUP');
    await writing.exited;
    for (const link of [second, first]) {
      const terminal = bench.start(['--hosted'], { env: { ...env, PARLEY_ROOM: link } });
      await terminal.waitFor(link === first ? 'for the first' : `Message #${second}`);
      terminal.press('alt-1');
      expect(count(await terminal.waitFor('for the lobby'), 'for the lobby')).toBe(1);
      terminal.kill('SIGHUP');
      await terminal.exited;
    }
  });

  it('asks for no server, and enters the link’s nick and room at once', async () => {
    const nick = bench.newName();
    const { room } = await bench.roomWith(1);
    const terminal = bench.start(['--hosted'], {
      env: { PARLEY_SERVER: bench.server.url, PARLEY_NICK: nick, PARLEY_ROOM: room },
    });
    expect(count(await terminal.waitFor(`Message #${room}`), nick)).toBeGreaterThan(0);
  });

  it('paints everything again, modes included, when it is continued', async () => {
    const terminal = await bench.enter(bench.newName(), 'lobby');
    const from = terminal.output.length;
    terminal.kill('SIGCONT');
    await terminal.waitFor(() => {
      const written = Buffer.concat(terminal.output.slice(from)).toString();
      return ['\x1b[?1049h', '\x1b[?2004h', '\x1b[?1006h', 'MEMBERS'].every((part) => written.includes(part));
    });
    expect(count(await terminal.waitFor('Message #lobby'), 'Message #lobby')).toBe(1);
  });
});
