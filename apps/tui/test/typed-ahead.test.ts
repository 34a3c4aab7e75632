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
