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

/** Engine.io 4 with a packet type in front: `0` open, `2` ping, `40` connected, `42` event, `43` acknowledgement. */
export async function openSocketIoRoom(options: RoomOptions): Promise<Room> {
  const { port, readers, senders, fail } = options;
  const path = '/socket.io/?EIO=4&transport=websocket';
  const open = async (name: string, count: TakePayload): Promise<WireSocket> => {
    let joined: () => void = () => {};
    const ready = new Promise<void>((resolve) => (joined = resolve));
    const socket = await WireSocket.open({
      port,
      path,
      onText: (buffer, start, end) => {
        const kind = buffer.toString('latin1', start, Math.min(end, start + 2));
        if (kind === '42') count(buffer, start + 2, end);
        else if (kind === '2') socket.sendText('3');
        else if (kind === '40') socket.sendText('420["read"]');
        else if (kind === '43') joined();
      },
      onClose: (reason) => fail(`${name} was closed: ${reason}`),
    });
    socket.sendText('40');
    await ready;
    return socket;
  };
  await inParallel(readers, (reader) =>
    open(
      `reader ${reader}`,
      countFrames(options, reader, (frame) => (frame as [string, string])[1]),
    ),
  );
  const sockets = await inParallel(senders, (index) => openSender(port, path, `sender ${index}`, fail));
  return sendThrough(sockets, new FrameTemplate(`42${JSON.stringify(['send', TEXT_TEMPLATE])}`));
}

/** Connected, and in no room. */
async function openSender(
  port: number,
  path: string,
  name: string,
  fail: (problem: string) => void,
): Promise<WireSocket> {
  let connected: () => void = () => {};
  const ready = new Promise<void>((resolve) => (connected = resolve));
  const socket = await WireSocket.open({
    port,
    path,
    onText: (buffer, start, end) => {
      const packet = buffer.toString('latin1', start, Math.min(end, start + 2));
      if (packet === '2') socket.sendText('3');
      else if (packet === '40') connected();
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
