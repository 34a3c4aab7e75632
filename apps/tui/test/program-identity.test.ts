/** The program on a PTY, and who its person is: the welcome screen, other nicks, signing out. */
import { pollFor, type TestTerminal } from '@parley/testkit';
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
