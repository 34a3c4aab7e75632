/** What the log promises: every reader of a room sees each event once, in order, without a gap. */
import { pollFor, type RawClient, tokenOf } from '@parley/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdNext } from './hold-next.ts';
import { storeOfFile } from './store-of-file.ts';
import {
  areStalled,
  BULKY_TEXT,
  figure,
  message,
  sendMany,
  seqsOf,
  startTestCore,
  type TestCore,
  uniqueRoom,
} from './start-test-core.ts';

const opened = storeOfFile();
let core: TestCore;

beforeAll(async () => {
  core = await startTestCore(opened.store);
});
afterAll(() => core.close());

const upTo = (last: number, first = 1): number[] => Array.from({ length: last - first + 1 }, (_, at) => first + at);
const eventsOf = (client: RawClient, room: string): number[] => seqsOf(client.messages, room);

async function makeRoom(client: RawClient): Promise<string> {
  const room = uniqueRoom();
  await client.request({ type: 'room.create', room });
  return room;
}

/** Waits until the client was given an event of the room with this seq. */
const reached = (client: RawClient, room: string, seq: number): Promise<unknown> =>
  pollFor(
    () => eventsOf(client, room).at(-1) ?? 0,
    (last) => last >= seq,
    { what: `seq ${seq} of ${room}` },
  );

describe('many writers and readers', () => {
  it('see the same log, each event once and in order', async () => {
    const ada = await core.enter();
    const rooms = [await makeRoom(ada), await makeRoom(ada), await makeRoom(ada)];
    const people = await Promise.all(Array.from({ length: 8 }, () => core.enter()));
    for (const room of rooms) for (const client of people) await client.request({ type: 'room.join', room });
    const already = 1 + people.length;
    await Promise.all(people.flatMap((client) => rooms.map((room) => sendManyQuietly(client, room, 60))));
    const last = already + people.length * 60;
    for (const room of rooms) {
      for (const [index, client] of people.entries()) {
        await reached(client, room, last);
        // Joins of those who came later are part of it.
        expect(eventsOf(client, room)).toEqual(upTo(last, index + 3));
      }
    }
  });

  it('get what one commit stored in one frame', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const room = await makeRoom(ada);
    await bob.request({ type: 'room.join', room });
    const commit = holdNext(opened.store.log, 'append', 'question');
    const first = ada.request(message(room));
    await commit.held();
    const others = Array.from({ length: 100 }, () => ada.request(message(room)));
    // All of them have arrived once the ping behind them is answered.
    await ada.request({ type: 'ping' });
    commit.release();
    await Promise.all([first, ...others]);
    await reached(bob, room, 103);
    const told = bob.frames.filter((frame) => frame.includes('"type":"message"'));
    expect(told.map((frame) => [JSON.parse(frame)].flat().length)).toEqual([1, 100]);
    for (const frame of bob.frames) expect(Buffer.byteLength(frame)).toBeLessThanOrEqual(256 * 1024);
  });

  it('keep the order of one connection in one room', async () => {
    const ada = await core.enter();
    const room = await makeRoom(ada);
    for (let count = 0; count < 500; count += 1) ada.send(message(room, String(count)));
    await reached(ada, room, 501);
    const texts = ada.messages.flatMap((each) => (each.type === 'message' && each.room === room ? [each.text] : []));
    expect(texts).toEqual(upTo(500).map((number) => String(number - 1)));
  });
});

describe('a client that comes back', () => {
  it('gets all it missed, then what is new, however often and whenever it was cut off', async () => {
    const [ada, first] = [await core.enter(), await core.enter()];
    const room = await makeRoom(ada);
    await first.request({ type: 'room.join', room });
    const token = tokenOf(first);
    let reader = first;
    let seen = [2];
    const writing = sendManyQuietly(ada, room, 2000);
    for (let cut = 0; cut < 8; cut += 1) {
      const from = seen.length;
      await reached(reader, room, (seen.at(-1) ?? 0) + 20);
      reader.terminate();
      seen = [...seen, ...eventsOf(reader, room)];
      expect(seen.length).toBeGreaterThan(from);
      reader = await core.enter({ token, resume: { [room]: seen.at(-1) ?? 0, 'no-such-room': 3 } });
    }
    await writing;
    await reached(reader, room, 2002);
    expect([...seen, ...eventsOf(reader, room)]).toEqual(upTo(2002, 2));
  });

  it('from the very beginning gets the whole room', async () => {
    const ada = await core.enter();
    const room = await makeRoom(ada);
    await sendMany(ada, room, 700, 'x');
    const again = await core.enter({ token: tokenOf(ada), resume: { [room]: 0 } });
    await reached(again, room, 701);
    expect(eventsOf(again, room)).toEqual(upTo(701));
  });

  it('may spell its rooms in any way that is the same name', async () => {
    const ada = await core.enter();
    const room = await makeRoom(ada);
    const again = await core.enter({ token: tokenOf(ada), resume: { [room.toUpperCase()]: 0 } });
    await reached(again, room, 1);
    expect(eventsOf(again, room)).toEqual([1]);
  });

  it('with a seq beyond the log’s end is taken up at its end', async () => {
    const ada = await core.enter();
    const room = await makeRoom(ada);
    const again = await core.enter({ token: tokenOf(ada), resume: { [room]: 4711 } });
    await ada.request(message(room));
    await reached(again, room, 2);
    expect(eventsOf(again, room)).toEqual([2]);
  });

  it('does not resume rooms that are not its own', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const room = await makeRoom(ada);
    const again = await core.enter({ token: tokenOf(bob), resume: { [room]: 0 } });
    await ada.request(message(room));
    await again.request({ type: 'ping' });
    expect(eventsOf(again, room)).toEqual([]);
  });
});

describe('a join with `since`', () => {
  it('answers a page, holds live events until the client has paged to the head, and loses none', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const room = await makeRoom(ada);
    await sendMany(ada, room, 450, 'x');
    const joined = (await bob.request({ type: 'room.join', room, since: 0 })) as unknown as Page;
    expect(joined.more).toBe(true);
    const seen = joined.events.map(({ seq }) => seq);
    expect(seen).toEqual(upTo(200));
    await ada.request(message(room, 'while paging'));
    await bob.request({ type: 'ping' });
    expect(eventsOf(bob, room)).toEqual([]);
    for (let more = true; more;) {
      const page = (await bob.request({ type: 'history', room, after: seen.at(-1), limit: 200 })) as unknown as Page;
      seen.push(...page.events.map(({ seq }) => seq));
      more = page.more;
    }
    await ada.request(message(room, 'live again'));
    await reached(bob, room, 454);
    expect([...seen, ...eventsOf(bob, room)]).toEqual(upTo(454));
  });

  it('is followed by the rest when the client does not ask', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const room = await makeRoom(ada);
    await sendMany(ada, room, 450, 'x');
    const joined = (await bob.request({ type: 'room.join', room, since: 10 })) as unknown as Page;
    expect(joined.events.map(({ seq }) => seq)).toEqual(upTo(210, 11));
    await reached(bob, room, 452);
    expect(eventsOf(bob, room)).toEqual(upTo(452, 211));
  });

  it('without it answers the newest 50, and says that there are older ones', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const room = await makeRoom(ada);
    await sendMany(ada, room, 100, 'x');
    const joined = (await bob.request({ type: 'room.join', room })) as unknown as Page;
    expect(joined.events.map(({ seq }) => seq)).toEqual(upTo(102, 53));
    expect(joined.more).toBe(true);
    const older = (await bob.request({ type: 'history', room, before: 53 })) as unknown as Page;
    expect(older.events.map(({ seq }) => seq)).toEqual(upTo(52, 3));
    expect(older.more).toBe(true);
  });

  it('while others write loses nothing between the answer and what is live', async () => {
    const ada = await core.enter();
    const room = await makeRoom(ada);
    const writing = sendManyQuietly(ada, room, 1500);
    const readers = await Promise.all(Array.from({ length: 10 }, () => core.enter()));
    const starts = await Promise.all(
      readers.map(async (client) => {
        const joined = (await client.request({ type: 'room.join', room })) as unknown as Page;
        return joined.events.map(({ seq }) => seq);
      }),
    );
    await writing;
    const last = 1501 + readers.length;
    for (const [index, client] of readers.entries()) {
      await reached(client, room, last);
      const seen = [...(starts[index] ?? []), ...eventsOf(client, room)];
      expect(seen).toEqual(upTo(last, seen[0]));
    }
  });
});

describe('readers that stop reading', () => {
  it('delay no one, and get everything in order when they read again', async () => {
    const ada = await core.enter();
    const room = await makeRoom(ada);
    const [quick, ...slow] = await Promise.all(Array.from({ length: 4 }, () => core.enter()));
    if (quick === undefined) throw new Error('unreachable');
    for (const client of [quick, ...slow]) await client.request({ type: 'room.join', room });
    for (const client of slow) client.pause();
    let last = 5;
    while (!(await areStalled(core, slow.length))) {
      await sendMany(ada, room, 100, BULKY_TEXT);
      last += 100;
      await reached(quick, room, last);
    }
    await sendMany(ada, room, 500, 'later');
    last += 500;
    await reached(quick, room, last);
    for (const client of slow) client.resume();
    for (const client of slow) await reached(client, room, last);
    await ada.request(message(room, 'live again'));
    for (const [index, client] of [quick, ...slow].entries()) {
      await reached(client, room, last + 1);
      expect(eventsOf(client, room)).toEqual(upTo(last + 1, 3 + index));
    }
    await pollFor(() => figure(core, 'parley_slow_readers'), 0);
  });

  it('see their own leaving last when they read again, whatever has come after it', async () => {
    const [ada, desktop] = [await core.enter(), await core.enter()];
    const room = await makeRoom(ada);
    await desktop.request({ type: 'room.join', room });
    const phone = await core.enter({ token: tokenOf(desktop) });
    await phone.request({ type: 'room.join', room });
    phone.pause();
    let last = 2;
    while (!(await areStalled(core, 1))) {
      await sendMany(ada, room, 100, BULKY_TEXT);
      last += 100;
      // Who is only a little late must not be kept so by what is sent next.
      for (const quick of [ada, desktop]) await reached(quick, room, last);
    }
    await desktop.request({ type: 'room.leave', room });
    await sendMany(ada, room, 300, 'later');
    phone.resume();
    await reached(phone, room, last + 1);
    await phone.request({ type: 'ping' });
    expect(eventsOf(phone, room)).toEqual(upTo(last + 1, 3));
    expect(phone.messages.findLast((each) => each.type === 'member.left')).toMatchObject({ seq: last + 1 });
  });

  it('with a CHAT_ROOM_BUFFER of 1 still get everything', async () => {
    const tight = await startTestCore(opened.store, { settings: { CHAT_ROOM_BUFFER: '1' } });
    const [ada, bob] = [await tight.enter(), await tight.enter()];
    const room = await makeRoom(ada);
    await bob.request({ type: 'room.join', room });
    bob.pause();
    await sendMany(ada, room, 3000, 'x'.repeat(1000));
    bob.resume();
    await reached(bob, room, 3002);
    expect(eventsOf(bob, room)).toEqual(upTo(3002, 3));
    await tight.close();
  });
});

interface Page {
  events: { seq: number }[];
  more: boolean;
}

/** Sends with at most 50 unanswered, so that the sending takes a while. */
async function sendManyQuietly(client: RawClient, room: string, count: number): Promise<void> {
  const answers = (): number => client.messages.filter((each) => each.type === 'ok').length;
  const before = answers();
  for (let sent = 0; sent < count; sent += 50) {
    for (let each = sent; each < Math.min(count, sent + 50); each += 1) client.send(message(room, String(each)));
    const expected = before + Math.min(count, sent + 50);
    await pollFor(answers, (answered) => answered >= expected, { intervalMs: 1 });
  }
}
