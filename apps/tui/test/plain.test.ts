/** The plain mode as scripts, screen readers and dumb terminals meet it: real pipes, real PTYs, a real core. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { type AddressInfo, createServer } from 'node:net';
import { constants } from 'node:os';
import { pollFor, TestTerminal } from '@parley/testkit';
import { describe, expect, it } from 'vitest';
import { ProgramBench } from './program-bench.ts';
import { say } from './start-program.ts';

const bench = new ProgramBench();

/** The program with pipes for its input and output. */
class Piped {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<number | null>;
  output = '';

  constructor(...args: readonly string[]) {
    this.child = spawn(process.execPath, [bench.program.path, ...args], { env: { PATH: process.env.PATH, TZ: 'UTC' } });
    this.child.stdout.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.child.stderr.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
    bench.use({ close: () => this.child.kill('SIGKILL') && this.ended });
  }

  write(text: string): this {
    this.child.stdin.write(text);
    return this;
  }
  /** Writes the last of the input and answers the exit code. */
  async end(text = ''): Promise<number | null> {
    this.child.stdin.end(text);
    return this.ended;
  }
  async waitFor(expected: string | RegExp): Promise<string> {
    return pollFor(
      () => this.output,
      (output) => (typeof expected === 'string' ? output.includes(expected) : expected.test(output)),
      { what: `${String(expected)} in the output` },
    );
  }
}

/** The address of a server that hangs up on whoever comes. */
async function startDeafServer(): Promise<string> {
  const deaf = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  bench.use({ close: () => deaf.close() });
  await pollFor(() => deaf.listening, true);
  return `http://127.0.0.1:${(deaf.address() as AddressInfo).port}`;
}

describe('a script', () => {
  it('can change what it has said, line by line', async () => {
    const { room, writer } = await bench.roomWith(0);
    const piped = new Piped('--plain', bench.server.url, '--nick', bench.newName('plain'), '--room', room);
    expect(await piped.end('teh tea\n/edit the tea\nnever mind\n/delete\n')).toBe(0);
    expect(await writer.next({ type: 'message.edited', room })).toMatchObject({ text: 'the tea' });
    expect(await writer.next({ type: 'message.deleted', room })).toBeDefined();
    const { events } = await writer.request({ type: 'history', room });
    const messages = (events as { type: string }[]).filter(({ type }) => type === 'message');
    expect(messages).toMatchObject([{ text: 'the tea' }, { text: '', deleted: true }]);
  });

  it('sends what it is piped, and ends when that is sent', async () => {
    const { room, writer } = await bench.roomWith(0);
    const piped = new Piped('--plain', bench.server.url, '--nick', bench.newName('plain'), '--room', room);
    expect(await piped.end('hello\nand goodbye\n')).toBe(0);
    expect(await writer.next({ type: 'message', text: 'hello' })).toBeDefined();
    expect(await writer.next({ type: 'message', text: 'and goodbye' })).toBeDefined();
    expect(piped.output).toMatch(new RegExp(`\\d\\d:\\d\\d #${room} plain\\d+: hello\\n`, 'u'));
  });

  it('needs no option for it, nor a last line break', async () => {
    const { room, writer } = await bench.roomWith(0);
    expect(await new Piped(bench.server.url, '--nick', bench.newName('plain'), '--room', room).end('no break')).toBe(0);
    expect(await writer.next({ type: 'message', text: 'no break' })).toBeDefined();
  });

  it('is told in words, and by its exit code, what went wrong, and sends nothing elsewhere', async () => {
    const lobby = await bench.guest(bench.newName());
    await lobby.request({ type: 'room.join', room: 'lobby' });
    const piped = new Piped('--plain', bench.server.url, '--nick', bench.newName('plain'), '--room', 'nowhere-at-all');
    expect(await piped.end('to nobody\n')).toBe(1);
    expect(piped.output).toContain('There is no room called nowhere-at-all.');
    await say(lobby, 'lobby', 'the end');
    await lobby.next({ type: 'message', text: 'the end' });
    expect(lobby.unread({ type: 'message', text: 'to nobody' })).toEqual([]);
  });

  it('is told that its nick is taken, and that a message is too long', async () => {
    const { room, nick } = await bench.roomWith(0);
    const taken = new Piped('--plain', bench.server.url, '--nick', nick);
    expect(await taken.end('x\n')).toBe(1);
    expect(taken.output).toContain(`${nick} is taken here.`);
    const long = new Piped('--plain', bench.server.url, '--nick', bench.newName('plain'), '--room', room);
    expect(await long.end(`${'x'.repeat(3000)}\n`)).toBe(1);
    expect(long.output).toContain('952 bytes too long');
  });

  it('can use each command, one after the other', async () => {
    const { room, writer, nick } = await bench.roomWith(0);
    const made = bench.newName('plain');
    const piped = new Piped('--plain', bench.server.url, '--nick', bench.newName('plain'));
    const commands = [
      `/join ${room}`,
      'first',
      `/say ${room} second`,
      '/topic what it is about',
      '/topic',
      '/rooms',
      '/users',
      '/members',
      '/ping',
      '/bell off',
      '/theme dark',
      '/help',
      `/create ${made} private A title`,
      `/invite ${nick}`,
      'in the new room',
      '/older',
      '/leave',
      `/pm ${nick} for you alone`,
      'and this',
      '/retry',
      '/discard',
      '//slash',
      `/nick ${bench.newName('plain')}`,
      '/quit',
      'never sent',
    ];
    expect(await piped.end(`${commands.join('\n')}\n`)).toBe(0);
    for (const text of ['first', 'second']) await writer.next({ type: 'message', room, text });
    await writer.next({ type: 'topic.changed', topic: 'what it is about' });
    const { output } = piped;
    expect(output).not.toContain('/theme <');
    for (const words of [
      'The topic is: what it is about',
      `#${room}: `,
      '-- People online: ',
      '-- Members: 2',
      'The server answered in ',
      '/pm <nick> [message]: ',
      `You are in &${made}. A title.`,
      `&${made} `,
      'in the new room',
      `You left ${made}.`,
      `You are writing to ${nick} alone.`,
      `@${nick} `,
      'for you alone',
      'and this',
      'Nothing failed to be sent here.',
      ': /slash',
      'You are plain',
    ]) {
      expect(output).toContain(words);
    }
    expect(output).not.toContain('never sent');
    expect(output).not.toContain('\x1b');
  });

  it('is told that nothing answers, and ends', async () => {
    const piped = new Piped('--plain', await startDeafServer(), '--nick', bench.newName('plain'));
    expect(await piped.ended).toBe(1);
    expect(piped.output.trimEnd().split('\n')).toHaveLength(2);
    expect(piped.output).toMatch(/^-- Entering as plain\d+ …\n-- .+\.$/mu);
  });

  it.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)('is told by its exit code that %s ended it', async (signal) => {
    const { room } = await bench.roomWith(0);
    const piped = new Piped('--plain', bench.server.url, '--nick', bench.newName('plain'), '--room', room);
    await piped.waitFor(`You are in #${room}.`);
    piped.child.kill(signal);
    expect(await piped.ended).toBe(128 + constants.signals[signal]);
  });

  it('is told by its exit code that its output went nowhere before its input had ended', async () => {
    const { room } = await bench.roomWith(0);
    const piped = new Piped('--plain', bench.server.url, '--nick', bench.newName('plain'), '--room', room);
    await piped.waitFor(`You are in #${room}.`);
    piped.child.stdout.destroy();
    piped.write('one\ntwo\nthree\n');
    expect(await piped.ended).toBe(1);
  });

  it('is told that it needs a nick', async () => {
    const piped = new Piped(bench.server.url);
    expect(await piped.end('hello\n')).toBe(1);
    expect(piped.output).toContain('-- Nobody can be asked for a nick here. Give one: --nick <nick>\n');
  });

  it('can make an account, and come in with it', async () => {
    const nick = bench.newName('account');
    const first = new Piped(bench.server.url);
    expect(await first.end(`/register ${nick}\na good password\na good password\nmade by a script\n`)).toBe(0);
    const again = new Piped(bench.server.url);
    expect(await again.end(`/signin ${nick}\na good password\nback again\n`)).toBe(0);
  });

  it('reads what others say, made safe', async () => {
    const { room, writer, nick } = await bench.roomWith(0);
    const piped = new Piped('--plain', bench.server.url, '--nick', bench.newName('plain'), '--room', room);
    await piped.waitFor(`You are in #${room}.`);
    await say(writer, room, 'two\nlines', 'evil \x1b[31m\x9b2J\u202e\x07 text');
    await piped.waitFor(`#${room} ${nick}: two\n  lines\n`);
    await piped.waitFor('evil [31m2J text');
    expect(await piped.end()).toBe(0);
  });

  it('is told that the connection is lost and back, and loses nothing', async () => {
    const { room, writer } = await bench.roomWith(0);
    const piped = new Piped('--plain', bench.server.url, '--nick', bench.newName('plain'), '--room', room);
    await piped.waitFor(`You are in #${room}.`);
    await bench.server.kill('SIGKILL');
    await piped.waitFor(/Trying again in \d+ s\./u);
    piped.write('while away\n');
    await bench.server.restart();
    await piped.waitFor(': while away');
    expect(await piped.end()).toBe(0);
    const back = await bench.guest(bench.newName());
    const { events } = (await back.request({ type: 'history', room })) as unknown as { events: { text?: string }[] };
    expect(events.filter(({ text }) => text === 'while away')).toHaveLength(1);
    expect(writer.isOpen).toBe(false);
  });
});

describe('a dumb terminal', () => {
  function start(...args: readonly string[]): TestTerminal {
    return bench.use(TestTerminal.spawn('/usr/bin/env', ['TERM=dumb', process.execPath, bench.program.path, ...args]));
  }

  it('is asked in words, and never shown a password', async () => {
    const nick = bench.newName('plain');
    const terminal = start();
    await terminal.waitFor('Which server?');
    terminal.type(`${bench.server.url}\r`);
    await terminal.waitFor('Your nick?');
    terminal.type(`/register ${nick}\r`);
    await terminal.waitFor(`A password for ${nick}?`);
    terminal.type('correct horse\r');
    await terminal.waitFor('The same password again?');
    terminal.type('correct horse\r');
    await terminal.waitFor('You are in #lobby.');
    terminal.type('/logout\r');
    await terminal.waitFor(`The password of ${nick}?`);
    terminal.type('wrong\x7f\x7f\x7f\x7f\x7fcorrect horse\r');
    await terminal.waitFor((screen) => screen.filter((line) => line.includes('You are in #lobby.')).length === 2);
    const written = Buffer.concat(terminal.output).toString();
    expect(written).not.toContain('horse');
    expect(written).not.toContain('\x1b');
    terminal.press('ctrl-d');
    expect(await terminal.exited).toMatchObject({ exitCode: 0 });
  });

  it('goes on after a mistake, and shows a room’s last messages', async () => {
    const { room, writer } = await bench.roomWith(0);
    await say(writer, room, 'said before');
    const terminal = start(bench.server.url, '--nick', bench.newName('plain'), '--room', room);
    await terminal.waitFor('said before');
    terminal.type('/jion x\r');
    await terminal.waitFor('Did you mean /join?');
    terminal.type('/join nowhere-at-all\r');
    await terminal.waitFor('There is no room called nowhere-at-all.');
    terminal.type('still here\r');
    await writer.next({ type: 'message', text: 'still here' });
    terminal.press('ctrl-c');
    expect(await terminal.exited).toMatchObject({ exitCode: 130 });
  });

  it('gives up where that is offered, whatever else was typed before', async () => {
    const terminal = start(await startDeafServer(), '--nick', bench.newName('plain'));
    await terminal.waitFor('/quit or Ctrl+C gives up.');
    terminal.type('to nobody\r/quit\r');
    expect(await terminal.exited).toMatchObject({ exitCode: 0 });
  });

  it('may leave without a connection, though lines wait for it', async () => {
    const { room } = await bench.roomWith(0);
    const terminal = start(bench.server.url, '--nick', bench.newName('plain'), '--room', room);
    await terminal.waitFor(`You are in #${room}.`);
    await bench.server.kill('SIGKILL');
    await terminal.waitFor('Trying again in');
    terminal.type('while away\rand more\r/quit\r');
    expect(await terminal.exited).toMatchObject({ exitCode: 0 });
    await bench.server.restart();
  });

  it('sends what was typed before a /quit that came with it', async () => {
    const { room, writer } = await bench.roomWith(0);
    const terminal = start(bench.server.url, '--nick', bench.newName('plain'), '--room', room);
    await terminal.waitFor(`You are in #${room}.`);
    terminal.type('first\rsecond\r/quit\r');
    await writer.next({ type: 'message', text: 'first' });
    await writer.next({ type: 'message', text: 'second' });
    expect(await terminal.exited).toMatchObject({ exitCode: 0 });
  });
});
