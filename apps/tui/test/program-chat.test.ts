/** The program on a PTY, in a chat: what is said and read there, rung for, and kept over a lost connection. */
import { describe, expect, it } from 'vitest';
import { count, ProgramBench } from './program-bench.ts';
import { say } from './start-program.ts';

const bench = new ProgramBench();

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
