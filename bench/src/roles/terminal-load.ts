/** Pages without screens: opens terminal sessions, types, listens, goes away and comes back; one clock for all of it. */
import { randomBytes } from 'node:crypto';
import { inParallel } from '../wire/in-parallel.ts';
import { chatter, DRAFT_MARK, Marks, NEWEST_MARK, OLDER_MARK } from '../sessions/marks.ts';
import { BEFORE_ENTER_MS, LONE_MESSAGE_MS } from '../sessions/pace.ts';
import { LIVELY_ROOM, openIrcSpeaker, openParleySpeaker, QUIET_ROOM, type Speaker } from '../sessions/speaker.ts';
import { TerminalClient } from '../sessions/terminal-client.ts';

export type TerminalKind = 'parley' | 'irssi' | 'cat';
export type SessionRoom = typeof QUIET_ROOM | typeof LIVELY_ROOM;

interface Seat {
  readonly tab: string;
  readonly room: SessionRoom;
  readonly nick: string;
  client: TerminalClient;
}

const BACKSPACE = '\x7f';
const ENTER = '\r';
const SCREEN_TIMEOUT_MS = 60_000;

let kind: TerminalKind = 'parley';
let port = 0;
let cookie = '';
let speaker: Speaker | undefined;
let seats: Seat[] = [];
const marks = new Marks();
let spoken = 1000;
let onLost: (reason: string) => void = () => {};
const problems: string[] = [];

export const role = {
  /** `speakPort`: where the rooms are, the core's or the IRC server's; `cat` has none, and nobody speaks. */
  async open(options: { kind: 'parley' | 'irssi'; port: number; speakPort: number } | { kind: 'cat'; port: number }) {
    ({ kind, port } = options);
    onLost = fail;
    if (options.kind === 'cat') return;
    if (options.kind === 'irssi') {
      speaker = await openIrcSpeaker(options.speakPort);
      return;
    }
    speaker = await openParleySpeaker(options.speakPort);
    const page = await fetch(`http://127.0.0.1:${port}/`);
    cookie = page.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  },

  /** Opens sessions, `width` at a time: milliseconds from before the socket to the first byte and to the whole screen. */
  async enter({ count, room, width }: { count: number; room: SessionRoom; width: number }) {
    // In the lively room the newest message has the mark, too: what else was said has scrolled away.
    if (kind === 'parley' && room === LIVELY_ROOM) await theSpeaker().say(room, `${chatter(0)}${NEWEST_MARK}`);
    const before = seats.length;
    const firsts: number[] = [];
    const wholes: number[] = [];
    await inParallel(
      count,
      async (index) => {
        const seat = { tab: randomBytes(12).toString('base64url'), room, nick: `${kind[0]}${before + index}` };
        const start = performance.now();
        const { client, wholeAt } = await openSeat({ ...seat, fresh: true });
        firsts.push((client.firstByteAt ?? Number.NaN) - start);
        wholes.push(wholeAt - start);
        seats.push({ ...seat, client });
      },
      width,
    );
    return { firsts, wholes };
  },

  /** Everyone has something typed and not sent. */
  async draft() {
    await inParallel(seats.length, async (index) => {
      const client = seats[index]?.client;
      const echoed = client?.sees([DRAFT_MARK]);
      client?.type(`${DRAFT_MARK} and what I meant to say`);
      await echoed;
    });
  },

  /** The speaker talks: bytes that a session of the room got for each message. */
  async listen({ perSecond, seconds }: { perSecond: number; seconds: number }) {
    const listeners = inRoom(LIVELY_ROOM);
    const before = listeners.map(({ client }) => client.bytes);
    const messages = await speak(perSecond, seconds);
    // What was said last is painted by now.
    await pause(500);
    const bytes = listeners.reduce((sum, { client }, index) => sum + client.bytes - (before[index] ?? 0), 0);
    return { messages, deliveries: messages * listeners.length, bytes };
  },

  /** A key in one session after the other, while the speaker talks: milliseconds to its echo. */
  async echo({ times, perSecond }: { times: number; perSecond: number }) {
    const typists = inRoom(LIVELY_ROOM);
    const latencies: number[] = [];
    let isOver = false;
    const talking = speakUntil(perSecond, () => isOver);
    for (let time = 0; time < times; time++) {
      const client = typists[(time * 7) % typists.length]?.client;
      if (client === undefined) continue;
      const mark = marks.next();
      const echoed = client.sees([mark]);
      const start = performance.now();
      client.type(mark);
      latencies.push((await echoed) - start);
      client.type(BACKSPACE);
      await pause(10 + Math.random() * 20);
    }
    isOver = true;
    await talking;
    return { latencies };
  },

  /** Enter in one session: milliseconds to the text in another. */
  async across({ times }: { times: number }) {
    const people = inRoom(LIVELY_ROOM);
    const latencies: number[] = [];
    for (let time = 0; time < times; time++) {
      const from = people[(time * 3) % people.length]?.client;
      const to = people[(time * 3 + 1) % people.length]?.client;
      if (from === undefined || to === undefined || from === to) continue;
      const mark = marks.next();
      const echoed = from.sees([mark]);
      from.type(`${mark} hello`);
      await echoed;
      await pause(BEFORE_ENTER_MS);
      const seen = to.sees([mark]);
      const start = performance.now();
      from.type(ENTER);
      latencies.push((await seen) - start);
      await pause(LONE_MESSAGE_MS - BEFORE_ENTER_MS);
    }
    return { latencies };
  },

  /** A reload: the socket is cut, the same tab comes back; milliseconds to the repainted screen. */
  async reattach({ times }: { times: number }) {
    const latencies: number[] = [];
    const people = inRoom(QUIET_ROOM);
    for (let time = 0; time < times; time++) {
      const seat = people[time % people.length];
      if (seat === undefined) break;
      seat.client.leave();
      await pause(100);
      const start = performance.now();
      const { client, wholeAt } = await openSeat({ ...seat, fresh: false });
      seat.client = client;
      latencies.push(wholeAt - start);
      if (client.resumed !== true) fail(`${seat.nick} came back to a new session.`);
    }
    return { latencies };
  },

  /** Everyone leaves but so many of the lively room. */
  async leaveBut({ count }: { count: number }) {
    const staying = new Set(inRoom(LIVELY_ROOM).slice(0, count));
    const leaving = seats.filter((seat) => !staying.has(seat));
    await Promise.all(leaving.map(({ client }) => client.quit()));
    seats = [...staying];
  },

  /** Waits until the gateway cuts everyone, then until everyone is back with their draft; when, on Date.now's clock. */
  async comeBack({ timeoutMs }: { timeoutMs: number }) {
    const deadline = Date.now() + timeoutMs;
    const backAt: number[] = [];
    await new Promise<void>((resolve) => {
      onLost = () => resolve();
    });
    onLost = () => {};
    await Promise.all(
      seats.map(async (seat) => {
        while (Date.now() < deadline) {
          try {
            const { client } = await openSeat({ ...seat, fresh: false }, [DRAFT_MARK]);
            seat.client = client;
            backAt.push(Date.now());
            return;
          } catch {
            // Not up yet, or cut again while it was waiting.
            await pause(50 + Math.random() * 50);
          }
        }
      }),
    );
    onLost = fail;
    return { backAt, missing: seats.length - backAt.length };
  },

  /** Waits until everyone in the lively room is shown their draft once more; when, on Date.now's clock. */
  async repainted({ timeoutMs }: { timeoutMs: number }) {
    const people = inRoom(LIVELY_ROOM);
    // That their program was started again is told to everyone.
    onLost = () => {};
    const seen = await Promise.allSettled(people.map(({ client }) => client.sees([DRAFT_MARK], timeoutMs)));
    const backAt = seen.flatMap((each) => (each.status === 'fulfilled' ? performance.timeOrigin + each.value : []));
    onLost = fail;
    return { backAt, missing: people.length - backAt.length };
  },

  verdict: () => ({ problems, sessions: seats.length }),
};

/** Opens the seat's session and waits for all of its screen. */
async function openSeat(
  { tab, fresh, room, nick }: Omit<Seat, 'client'> & { fresh: boolean },
  alsoWanted: readonly string[] = [],
): Promise<{ client: TerminalClient; wholeAt: number }> {
  let lost: (error: Error) => void = () => {};
  const cut = new Promise<never>((_, reject) => (lost = reject));
  const onClose = (reason: string): void => {
    lost(new Error(reason));
    onLost(`${nick}: ${reason}`);
  };
  // What nobody waits for any more is told by `onLost` alone.
  cut.catch(() => {});
  const client = await TerminalClient.open({ port, cookie, tab, fresh, room, nick, onClose });
  const wanted = [...screenMarks(room), ...alsoWanted];
  return { client, wholeAt: await Promise.race([client.sees(wanted, SCREEN_TIMEOUT_MS), cut]) };
}

/** What a whole screen shows: irssi has no history, its prompt comes last; `cat` is preceded by the marks alone. */
function screenMarks(room: SessionRoom): string[] {
  if (kind === 'irssi') return [`[#${room}]`];
  return room === QUIET_ROOM ? [NEWEST_MARK, OLDER_MARK] : [NEWEST_MARK];
}

async function speak(perSecond: number, seconds: number): Promise<number> {
  const start = performance.now();
  return speakUntil(perSecond, () => performance.now() - start >= seconds * 1000);
}

async function speakUntil(perSecond: number, isOver: () => boolean): Promise<number> {
  const start = performance.now();
  let said = 0;
  while (!isOver()) {
    // What is late is said at once: the rate holds on a busy machine, too.
    while (said < ((performance.now() - start) * perSecond) / 1000) {
      said += 1;
      theSpeaker()
        .say(LIVELY_ROOM, chatter(spoken++))
        .catch((error: unknown) => fail(String(error)));
    }
    await pause(5);
  }
  return said;
}

function inRoom(room: SessionRoom): Seat[] {
  return seats.filter((seat) => seat.room === room);
}

function theSpeaker(): Speaker {
  if (speaker === undefined) throw new Error('Open the speaker first.');
  return speaker;
}

function fail(problem: string): void {
  if (problems.length < 20) problems.push(problem);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
