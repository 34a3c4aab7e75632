/**
 * Load on many rooms: senders that pipeline, and count what is acknowledged. Each sender is in one room and reads it, as
 * people do; acknowledgements are found in frames by their `re`, which names the message.
 */
import { FrameTemplate } from '../wire/client-frame.ts';
import { inParallel } from '../wire/in-parallel.ts';
import { ParleyConnection } from '../wire/parley-connection.ts';
import { eachNumber, holds, numberNeedle } from '../wire/scan.ts';

const RE = numberNeedle('re');
const ERROR = Buffer.from('"type":"error"');
/** Ids are a one and eight digits: JSON has no numbers with zeros in front. */
const ID_BASE = 100_000_000;
const TEXT = `######## ${'the quick brown fox jumps over the lazy dog '.repeat(3)}`.slice(0, 100);
const DRAIN_TIMEOUT_MS = 30_000;

interface Sender {
  readonly connection: ParleyConnection;
  readonly template: FrameTemplate;
}

let senders: Sender[] = [];
/** The number of the next message; numbers are never used twice in a run. */
let next = 0;
let acknowledged = 0;
let onAcknowledged: (sender: number, number: number) => void = () => {};
const problems: string[] = [];

export const role = {
  async open({ port, rooms, senders: count }: { port: number; rooms: number; senders: number }) {
    const names = Array.from({ length: rooms }, (_, index) => `ingest-${process.pid}-${index}`);
    const connections = await inParallel(count, (index) =>
      ParleyConnection.open({
        port,
        hello: { nick: `w${process.pid}-${index}` },
        onClose: (reason) => fail(`Sender ${index} was closed: ${reason}`),
      }),
    );
    await inParallel(rooms, async (room) => {
      await connections[room % count]?.ask({ type: 'room.create', room: names[room] }, 'room.joined');
    });
    senders = await inParallel(count, async (index) => {
      const connection = connections[index];
      const room = names[index % rooms];
      if (connection === undefined) throw new Error('unreachable');
      await connection.ask({ type: 'room.join', room }, 'room.joined');
      connection.handOver((buffer, start, end) => {
        if (holds(buffer, ERROR, start, end)) fail(buffer.toString('utf8', start, Math.min(end, start + 200)));
        eachNumber(buffer, RE, start, end, (re) => {
          acknowledged += 1;
          onAcknowledged(index, re - ID_BASE);
        });
      });
      const cid = '00000000-0000-4000-8000-0000########';
      const payload = JSON.stringify({ type: 'message.send', id: 1, room, text: TEXT, cid });
      return { connection, template: new FrameTemplate(payload.replace('"id":1', '"id":1########')) };
    });
    return { names };
  },

  /** Each sender keeps `window` messages unacknowledged until the time is over; answers how many were acknowledged. */
  async flood({ seconds, window }: { seconds: number; window: number }) {
    const first = next;
    const start = performance.now();
    const stopAt = start + seconds * 1000;
    const due = new Int32Array(senders.length).fill(window);
    /** The sum of the numbers that are still to be acknowledged: zero once each has been, once. */
    let open = 0;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`Stuck: ${describeState(first)}`)),
        seconds * 1000 + DRAIN_TIMEOUT_MS,
      );
      const refill = (): void => {
        isScheduled = false;
        const isOver = performance.now() >= stopAt;
        for (const [index, { connection, template }] of senders.entries()) {
          const count = due[index] ?? 0;
          if (isOver || count === 0) continue;
          due[index] = 0;
          connection.sendFrames(template.frames(next, count));
          for (let number = next; number < next + count; number++) open += number;
          next += count;
        }
        if (!isOver || open !== 0 || problems.length > 0) return;
        clearTimeout(timer);
        resolve();
      };
      let isScheduled = true;
      onAcknowledged = (sender, number) => {
        open -= number;
        due[sender] = (due[sender] ?? 0) + 1;
        if (isScheduled) return;
        isScheduled = true;
        // After what has been read in this turn: one write a sender.
        setImmediate(refill);
      };
      refill();
    });
    onAcknowledged = () => {};
    return { messages: next - first, seconds: (performance.now() - start) / 1000 };
  },

  /**
   * Sends at a fixed rate whatever comes back. A message's time runs from when it was due, so that a stall of the server
   * counts for all the messages it holds up.
   */
  async steady({ seconds, perSecond }: { seconds: number; perSecond: number }) {
    const total = Math.floor(seconds * perSecond);
    const first = next;
    const latencies = new Float64Array(total);
    let remaining = total;
    const start = performance.now();
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`Stuck: ${describeState(first)}`)),
        seconds * 1000 + DRAIN_TIMEOUT_MS,
      );
      onAcknowledged = (_, number) => {
        latencies[number - first] = performance.now() - start - ((number - first) * 1000) / perSecond;
        remaining -= 1;
        if (remaining > 0) return;
        clearTimeout(timer);
        resolve();
      };
      const tick = (): void => {
        const due = Math.min(total, Math.floor(((performance.now() - start) * perSecond) / 1000));
        for (; next - first < due; next++) {
          const sender = senders[next % senders.length];
          sender?.connection.sendFrames(sender.template.frames(next, 1));
        }
        if (next - first < total) setTimeout(tick, 1);
      };
      tick();
    });
    onAcknowledged = () => {};
    return { latencies };
  },

  /** All that was sent and acknowledged so far, and what went wrong. */
  verdict() {
    return { sent: next, acknowledged, problems };
  },
};

function fail(problem: string): void {
  if (problems.length < 20) problems.push(problem);
}

function describeState(first: number): string {
  return `${next - first} sent, ${acknowledged} of ${next} acknowledged. ${problems.join(' ')}`;
}
