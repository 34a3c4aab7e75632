/** Rooms on a bare `ws` broadcast and on socket.io: one message a frame, so a reader counts frames. */
import { FrameTemplate } from '../wire/client-frame.ts';
import { type TakePayload, WireSocket } from '../wire/web-socket.ts';
import type { OrderCheck } from './order-check.ts';
import { inParallel } from '../wire/in-parallel.ts';
import { numbersOf, type Room, type RoomOptions, TEXT_TEMPLATE } from './room.ts';

export async function openWsRoom(options: RoomOptions): Promise<Room> {
  const { port, readers, senders, fail } = options;
  const open = (path: string, name: string, onText: TakePayload): Promise<WireSocket> =>
    WireSocket.open({ port, path, onText, onClose: (reason) => fail(`${name} was closed: ${reason}`) });
  const sockets = await inParallel(senders, (index) => open('/send', `sender ${index}`, () => {}));
  await inParallel(readers, (reader) =>
    open(
      '/read',
      `reader ${reader}`,
      countFrames(options, reader, (frame) => (frame as { text: string }).text),
    ),
  );
  return sendThrough(sockets, new FrameTemplate(JSON.stringify({ type: 'message', text: TEXT_TEMPLATE })));
}

export async function openSocketIoRoom(options: RoomOptions): Promise<Room> {
  const { readers, senders } = options;
  await inParallel(readers, async (reader) => {
    let joined: () => void = () => {};
    const ready = new Promise<void>((resolve) => (joined = resolve));
    const count = countFrames(options, reader, (frame) => (frame as [string, string])[1]);
    const socket = await openSocketIo(options, `reader ${reader}`, (kind, buffer, start, end) => {
      if (kind === '42') count(buffer, start, end);
      else if (kind === '43') joined();
    });
    socket.sendText('420["read"]');
    await ready;
  });
  const sockets = await inParallel(senders, (index) => openSocketIo(options, `sender ${index}`, () => {}));
  return sendThrough(sockets, new FrameTemplate(`42${JSON.stringify(['send', TEXT_TEMPLATE])}`));
}

/**
 * Connected, and in no room. Engine.io 4 with a packet type in front: `0` open, `2` ping, `40` connected, `42` event, `43`
 * acknowledgement.
 */
async function openSocketIo(
  { port, fail }: RoomOptions,
  name: string,
  take: (kind: string, ...payload: Parameters<TakePayload>) => void,
): Promise<WireSocket> {
  let connected: () => void = () => {};
  const ready = new Promise<void>((resolve) => (connected = resolve));
  const socket = await WireSocket.open({
    port,
    path: '/socket.io/?EIO=4&transport=websocket',
    onText: (buffer, start, end) => {
      const kind = buffer.toString('latin1', start, Math.min(end, start + 2));
      if (kind === '2') socket.sendText('3');
      else if (kind === '40') connected();
      else take(kind, buffer, start + 2, end);
    },
    onClose: (reason) => fail(`${name} was closed: ${reason}`),
  });
  socket.sendText('40');
  await ready;
  return socket;
}

function countFrames(
  { progress, checkOf }: RoomOptions,
  reader: number,
  textOf: (frame: unknown) => string,
): TakePayload {
  const check: OrderCheck | undefined = checkOf(reader);
  return (buffer, start, end) => {
    progress.reach(reader, progress.countOf(reader) + 1);
    if (check === undefined) return;
    check.frames += 1;
    check.take(textOf(JSON.parse(buffer.toString('utf8', start, end))));
  };
}

function sendThrough(sockets: readonly WireSocket[], template: FrameTemplate): Room {
  return {
    send(first, count) {
      for (const [sender, socket] of sockets.entries()) {
        const frames = [...numbersOf(sender, sockets.length, first, count)].map((number) => template.frames(number, 1));
        if (frames.length > 0) socket.sendFrames(Buffer.concat(frames));
      }
    },
  };
}
