/** Load on one room: hundreds of readers and a few senders, in one process, so that one clock sees a message leave and arrive. */
import { DeliveryProgress } from '../fan-out/delivery-progress.ts';
import { OrderCheck } from '../fan-out/order-check.ts';
import { openIrcRoom } from '../fan-out/ngircd-room.ts';
import { openParleyRoom } from '../fan-out/parley-room.ts';
import type { Room, RoomOptions } from '../fan-out/room.ts';
import { openSocketIoRoom, openWsRoom } from '../fan-out/web-socket-room.ts';

export type RoomKind = 'parley' | 'ngircd' | 'ws' | 'ws + commit' | 'socket.io';

const openers: Readonly<Record<RoomKind, (options: RoomOptions) => Promise<Room>>> = {
  parley: openParleyRoom,
  ngircd: openIrcRoom,
  ws: openWsRoom,
  'ws + commit': openWsRoom,
  'socket.io': openSocketIoRoom,
};

/** One reader in a hundred parses everything. */
const CHECK_EVERY = 100;
const DRAIN_TIMEOUT_MS = 30_000;

interface Opened {
  readonly room: Room;
  readonly progress: DeliveryProgress;
}

let opened: Opened | undefined;
let sent = 0;
const checks = new Map<number, OrderCheck>();
const problems: string[] = [];

export const role = {
  async open({ kind, port, readers, senders }: { kind: RoomKind; port: number; readers: number; senders: number }) {
    const progress = new DeliveryProgress(readers);
    for (let reader = 0; reader < readers; reader += CHECK_EVERY) checks.set(reader, new OrderCheck(senders));
    const room = await openers[kind]({
      port,
      readers,
      senders,
      progress,
      checkOf: (reader) => checks.get(reader),
      fail: (problem) => void (problems.length < 20 && problems.push(problem)),
    });
    opened = { room, progress };
  },

  /** Keeps `outstanding` messages on the way until the time is over, then waits until everyone has everything. */
  async pipelined({ seconds, outstanding }: { seconds: number; outstanding: number }) {
    const { room, progress } = theRoom();
    const first = sent;
    const before = progress.total;
    const start = performance.now();
    const stopAt = start + seconds * 1000;
    await new Promise<void>((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const stalled = (): void => reject(new Error(`Stuck: ${sent} sent, the slowest reader has ${progress.slowest}.`));
      const refill = (slowest: number): void => {
        const wanted = performance.now() < stopAt ? outstanding - (sent - slowest) : 0;
        if (wanted > 0) {
          room.send(sent, wanted);
          sent += wanted;
        } else if (slowest === sent) {
          clearTimeout(timer);
          progress.onSlowest = () => {};
          resolve();
        }
      };
      timer = setTimeout(stalled, seconds * 1000 + DRAIN_TIMEOUT_MS);
      progress.onSlowest = refill;
      refill(progress.slowest);
    });
    return {
      messages: sent - first,
      deliveries: progress.total - before,
      seconds: (performance.now() - start) / 1000,
    };
  },

  /** One message, to the last reader, then the next: answers each one's milliseconds to the first and to the last. */
  async oneByOne({ messages }: { messages: number }) {
    const { room, progress } = theRoom();
    const latencies = new Float64Array(messages);
    const firsts = new Float64Array(messages);
    const before = progress.total;
    for (let message = 0; message < messages; message++) {
      const arrived = new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('A message did not reach every reader.')), DRAIN_TIMEOUT_MS);
        progress.onSlowest = (slowest) => {
          if (slowest !== sent) return;
          clearTimeout(timer);
          resolve();
        };
      });
      const sentAt = performance.now();
      room.send(sent, 1);
      sent += 1;
      await arrived;
      latencies[message] = performance.now() - sentAt;
      firsts[message] = progress.fastestAt - sentAt;
    }
    progress.onSlowest = () => {};
    return { firsts, latencies, deliveries: progress.total - before };
  },

  /** What went wrong so far, and how many messages were parsed and compared. */
  verdict(): { checked: number; frames: number; problems: string[] } {
    const all = [...checks.values()];
    return {
      checked: all.reduce((sum, { checked }) => sum + checked, 0),
      frames: all.reduce((sum, { frames }) => sum + frames, 0),
      problems: [...problems, ...all.flatMap((check) => check.problems)],
    };
  },
};

function theRoom(): Opened {
  if (opened === undefined) throw new Error('Open the room first.');
  return opened;
}
