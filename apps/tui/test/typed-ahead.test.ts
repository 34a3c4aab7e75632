/** What is typed faster than the server answers goes where its person goes: the program on a PTY, a real core. */
import { expect, it } from 'vitest';
import { ProgramBench } from './program-bench.ts';

const bench = new ProgramBench();

it('what follows /create and /pm at once is said there, and nowhere else', async () => {
  const { room, writer, nick } = await bench.roomWith(0);
  const terminal = await bench.enter(bench.newName(), room);
  const made = bench.newName('made');
  terminal.type(`/create ${made}\rin the new room\r`);
  await terminal.waitFor(`Message #${made}`);
  await terminal.waitFor(/^[^›]*in the new room/u);
  terminal.type(`/pm ${nick}\rbetween the two of us\r`);
  await terminal.waitFor(`Message @${nick}`);
  await terminal.waitFor(/^[^›]*between the two of us/u);
  const { events } = (await writer.request({ type: 'history', room })) as unknown as { events: { type: string }[] };
  expect(events.filter(({ type }) => type === 'message')).toEqual([]);
});

it('what is typed while one comes back, and the server is slow, is said in the room that one comes back to', async () => {
  const { room, writer } = await bench.roomWith(1);
  const env = {
    PARLEY_SERVER: bench.server.url,
    PARLEY_SESSION: crypto.randomUUID().replaceAll('-', '').repeat(2),
    PARLEY_NICK: bench.newName(),
    PARLEY_ROOM: room,
  };
  const before = bench.start(['--hosted'], { env });
  await before.waitFor(`Message #${room}`);
  before.type('half a');
  await before.waitFor('half a');
  before.kill('SIGHUP');
  await before.exited;
  process.kill(bench.server.pid, 'SIGSTOP');
  const terminal = bench.start(['--hosted'], { env });
  try {
    await terminal.waitFor('Looking for your session');
    terminal.type(' sentence\rand another\rnot yet');
    // It has been read when what was asked for after it is painted.
    const from = terminal.output.length;
    terminal.kill('SIGCONT');
    await terminal.waitFor(() => terminal.output.length > from);
  } finally {
    process.kill(bench.server.pid, 'SIGCONT');
  }
  await terminal.waitFor('not yet');
  expect(await writer.next({ type: 'message', text: 'half a sentence' })).toMatchObject({ room });
  expect(await writer.next({ type: 'message', text: 'and another' })).toMatchObject({ room });
});
