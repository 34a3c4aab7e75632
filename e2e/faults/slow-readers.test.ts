/** Readers that never read, or stop for long, beside others who do. */
import { existsSync } from 'node:fs';
import { LOBBY } from '@parley/protocol';
import { failOnLeaks, pollFor, RawClient, type TestServer } from '@parley/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { BareMember, type BareMemberOptions } from './bare-member.ts';
import { count, isLongRun, seed, timeoutFor } from './counts.ts';
import { Ledger } from './ledger.ts';
import { closeAfterEach, openDatabase, postgresMissing, startCore } from './opened.ts';
import { examine, printReport } from './report.ts';
import { readHead, readLog } from './room-logs.ts';
import { SeededRandom } from './seeded-random.ts';
import { MemoryWatch, memoryOf } from './server-memory.ts';

const missing = postgresMissing ?? (existsSync('/proc/self/smaps_rollup') ? undefined : 'no /proc/PID/smaps_rollup');
/** For a room with so many readers, who are told of every message, on a machine that has other things to do. */
const PATIENCE = { timeoutMs: isLongRun ? 300_000 : 90_000, intervalMs: 20 };
const AT_A_TIME = 50;
/** Six times as long on the wire: what the two ends of a socket hold in the kernel is megabytes, and is filled sooner. */
const BULKY = '\u0001'.repeat(2000);

failOnLeaks();
const keep = closeAfterEach();

type Entry = Pick<BareMemberOptions, 'rooms' | 'ledger'> & Partial<BareMemberOptions> & { core: TestServer };

/** Lets so many in, some at a time. */
async function enter(number: number, name: string, { core, ...options }: Entry): Promise<BareMember[]> {
  const random = new SeededRandom(seed);
  const members: BareMember[] = [];
  while (members.length < number) {
    for (let each = 0; each < AT_A_TIME && members.length < number; each += 1) {
      members.push(keep(new BareMember({ ...options, url: core.url, nick: `${name}-${members.length}`, random })));
    }
    await pollFor(() => members.every(({ isReady }) => isReady), true, { ...PATIENCE, what: `every ${name} to be in` });
  }
  return members;
}

async function enterAlone(name: string, entry: Entry): Promise<BareMember> {
  const [member] = await enter(1, name, entry);
  if (member === undefined) throw new Error('unreachable');
  return member;
}

/** Has a member write so many messages, and waits until each is acknowledged. */
async function write(writer: BareMember, messages: number): Promise<void> {
  writer.startWriting(messages);
  await pollFor(() => writer.isDone, true, { ...PATIENCE, intervalMs: 2, what: `${messages} acknowledgements` });
}

async function seeAll(members: readonly BareMember[], core: TestServer, room: string): Promise<void> {
  const head = await readHead(core.url, room);
  const left = (): number => members.filter(({ reading }) => reading.cursor(room) < head).length;
  await pollFor(left, 0, { ...PATIENCE, what: `${members.length} readers to see seq ${head} of ${room}` });
}

const slowReaders = async (core: TestServer): Promise<number> =>
  Number(/^parley_slow_readers (\d+)$/m.exec(await (await fetch(`${core.url}/metrics`)).text())?.[1]);

async function seeReport(
  what: string,
  core: TestServer,
  ledger: Ledger,
  members: readonly BareMember[],
): Promise<void> {
  const rooms = [...new Set(members.flatMap(({ reading }) => [...reading.rooms.keys()]))];
  const logs = new Map(await Promise.all(rooms.map(async (room) => [room, await readLog(core.url, room)] as const)));
  const readings = members.map(({ reading }) => reading);
  const report = examine({ ledger, logs, readings, orderly: new Set() });
  printReport(what, seed, report);
  expect(report.problems).toEqual([]);
  expect(report.acknowledged).toBe(report.sent);
}

describe('readers that do not read', { timeout: timeoutFor(isLongRun ? 60 : 6) }, () => {
  const [readers, deaf, messages] = [count('readers'), count('deafReaders'), count('crowdMessages')];
  const [slow, slowMessages] = [count('slowReaders'), count('slowMessages')];
  beforeEach((ctx) => {
    if (missing !== undefined) ctx.skip(missing);
  });

  it(`are ${deaf} of ${readers}, delay nobody, and take bounded memory`, async () => {
    const core = keep(await startCore(keep(await openDatabase()).url));
    const entry = { core, ledger: new Ledger(), outstanding: 20 };
    const founder = await RawClient.enter(core.url, 'founder');
    await founder.request({ type: 'room.create', room: 'flood' });
    founder.close();
    const quick = await enter(readers - deaf, 'quick', { ...entry, rooms: [LOBBY] });
    const silent = await enter(deaf, 'silent', { ...entry, rooms: [LOBBY, 'flood'] });
    const writer = await enterAlone('writer', { ...entry, rooms: [LOBBY] });
    const flood = await enterAlone('flood', { ...entry, rooms: ['flood'], padding: BULKY });

    const deliver = async (): Promise<number> => {
      const from = performance.now();
      await write(writer, messages);
      await seeAll(quick, core, LOBBY);
      return performance.now() - from;
    };
    await deliver();
    const alone = await deliver();
    const before = memoryOf(core.pid);
    const memory = keep(new MemoryWatch(core.pid));
    // 256 KiB of each, as text and as bytes, and what a heap grows by when it is used.
    const limit = 100 + deaf;
    for (const member of silent) member.pause();
    while ((await slowReaders(core)) < deaf) {
      await write(flood, 20);
      expect(memoryOf(core.pid) - before).toBeLessThan(limit);
    }
    // Those who do not read never do, so that this is no wait for anyone.
    const beside = await deliver();
    const added = memory.stop() - before;
    console.log(
      `${messages} messages to ${quick.length} readers: ${Math.round(alone)} ms; beside ${deaf} that do not read: ` +
        `${Math.round(beside)} ms, and at most ${Math.round(added)} MB more in the server`,
    );
    expect(added).toBeLessThan(limit);

    for (const member of silent) member.resume();
    await seeAll(silent, core, LOBBY);
    await seeAll(silent, core, 'flood');
    await seeReport(`${readers} readers, ${deaf} of them deaf for a while`, core, entry.ledger, [
      ...quick,
      ...silent,
      writer,
      flood,
    ]);
  });

  it(`while ${slowMessages} messages of 1 KB pass add at most 200 MB, ${slow} together, and then get everything in order`, async () => {
    const core = keep(await startCore(keep(await openDatabase()).url));
    const entry = { core, ledger: new Ledger(), rooms: [LOBBY] };
    const quick = await enterAlone('quick', entry);
    const stopped = await enter(slow, 'stopped', entry);
    const writer = await enterAlone('writer', { ...entry, outstanding: 100, padding: 'x'.repeat(1000) });
    await write(writer, 1000);
    await seeAll([quick, ...stopped], core, LOBBY);
    const before = memoryOf(core.pid);
    const memory = keep(new MemoryWatch(core.pid));
    for (const member of stopped) member.pause();
    await write(writer, slowMessages);
    await seeAll([quick], core, LOBBY);
    const whileStopped = memory.stop() - before;
    const behind = await slowReaders(core);
    const catchingUp = keep(new MemoryWatch(core.pid));
    for (const member of stopped) member.resume();
    await seeAll(stopped, core, LOBBY);
    const whileCatchingUp = catchingUp.stop() - before;
    console.log(
      `${slow} readers stopped while ${slowMessages} messages of 1 KB passed, ${behind} held back by the server: ` +
        `at most ${Math.round(whileStopped)} MB more; ${Math.round(whileCatchingUp)} MB while they caught up`,
    );
    expect(Math.max(whileStopped, whileCatchingUp)).toBeLessThan(200);
    await seeReport(`${slow} readers stopped`, core, entry.ledger, [quick, ...stopped, writer]);
  });
});
