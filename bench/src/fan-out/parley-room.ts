/** A room on Parley. A reader looks at the first and the last `seq` of each frame: a gap shows, and frames cost the same however long they are. */
import type { ServerMessage } from '@parley/protocol';
import { pollFor } from '@parley/testkit';
import { FrameTemplate } from '../wire/client-frame.ts';
import { ParleyConnection } from '../wire/parley-connection.ts';
import { inParallel } from '../wire/in-parallel.ts';
import { firstNumber, holds, lastNumber, numberNeedle } from '../wire/scan.ts';
import { numbersOf, type Room, type RoomOptions, TEXT_TEMPLATE } from './room.ts';

const SEQ = numberNeedle('seq');
const ERROR = Buffer.from('"type":"error"');

export async function openParleyRoom({ port, readers, senders, progress, checkOf, fail }: RoomOptions): Promise<Room> {
  const room = `bench-${process.pid}`;
  const enter = async (nick: string): Promise<ParleyConnection> =>
    ParleyConnection.open({ port, hello: { nick }, onClose: (reason) => fail(`${nick} was closed: ${reason}`) });

  const senderConnections = await inParallel(senders, (index) => enter(`s${process.pid}-${index}`));
  const [owner, ...others] = senderConnections;
  if (owner === undefined) throw new Error('A room needs a sender.');
  await owner.ask({ type: 'room.create', room }, 'room.joined');
  for (const sender of others) await sender.ask({ type: 'room.join', room }, 'room.joined');
  for (const sender of senderConnections) {
    // Members that don't listen, so that deliveries are the readers' alone.
    await sender.ask({ type: 'room.close', room }, 'ok');
    sender.handOver((buffer, start, end) => {
      if (holds(buffer, ERROR, start, end)) fail(buffer.toString('utf8', start, end).slice(0, 200));
    });
  }

  /** The seq before the first message that counts; known once the joins are over. */
  let base: number | undefined;
  const seqs = new Float64Array(readers);
  await inParallel(readers, async (reader) => {
    const connection = await enter(`r${process.pid}-${reader}`);
    const joined = await connection.ask({ type: 'room.join', room }, 'room.joined');
    seqs[reader] = joined.events.at(-1)?.seq ?? 0;
    const check = checkOf(reader);
    const early = connection.handOver((buffer, start, end) => {
      const first = firstNumber(buffer, SEQ, start, end);
      if (first === undefined) return;
      const last = lastNumber(buffer, SEQ, start, end) ?? first;
      const before = seqs[reader] ?? 0;
      if (first !== before + 1) fail(`Reader ${reader}: seq ${first} follows ${before}.`);
      seqs[reader] = last;
      if (check !== undefined) {
        check.frames += 1;
        const frame = JSON.parse(buffer.toString('utf8', start, end)) as ServerMessage | ServerMessage[];
        for (const message of Array.isArray(frame) ? frame : [frame]) {
          if (message.type === 'message') check.take(message.text, message.seq);
          else if ('seq' in message && message.seq !== undefined) check.takeSeq(message.seq);
        }
      }
      if (base !== undefined) progress.reach(reader, last - base);
    });
    if (early.length > 0) seqs[reader] = early.at(-1) ?? 0;
  });

  // The room is full: what the log holds now is behind everyone once all have seen it.
  const observer = await enter(`o${process.pid}`);
  const { room: row } = await observer.ask({ type: 'room.join', room }, 'room.joined');
  observer.reset();
  const head = row.lastSeq;
  await pollFor(() => seqs.every((seq) => seq >= head), true, {
    timeoutMs: 30_000,
    what: 'every reader to see the last join',
  });
  base = head;

  const template = new FrameTemplate(
    JSON.stringify({
      type: 'message.send',
      id: 1,
      room,
      text: TEXT_TEMPLATE,
      cid: '00000000-0000-4000-8000-0000########',
    }).replace('"id":1', '"id":1########'),
  );
  return {
    send(first, count) {
      for (const [sender, connection] of senderConnections.entries()) {
        const frames = [...numbersOf(sender, senders, first, count)].map((number) => template.frames(number, 1));
        if (frames.length > 0) connection.sendFrames(Buffer.concat(frames));
      }
    },
  };
}
