/**
 * Browser sessions: Parley's gateway and terminal clients beside irssi under a bridge of the same kind, on the run's
 * ngircd. Core and gateway are programs of their own, so that what a session costs can be told from what a message costs.
 */
import { type Bench, tell } from '../bench.ts';
import { openBenchDatabase } from '../processes/postgres.ts';
import type { Memory } from '../processes/process-usage.ts';
import { RoleProcess } from '../processes/role-process.ts';
import { settledMemory } from '../processes/settled-memory.ts';
import type { role as insertLoad } from '../roles/insert-load.ts';
import { measurePath } from '../sessions/bare-path.ts';
import { describeSessions, type Figures } from '../sessions/session-figures.ts';
import { startIrssi, startParleySessions, type SessionSubject } from '../sessions/subjects.ts';
import { LONE_MESSAGE_MS } from '../sessions/pace.ts';
import { median, percentile } from '../statistics.ts';

export const sessions: Bench = async (options, releases) => {
  const { quick } = options;
  const lively = options.count ?? (quick ? 10 : 100);
  const rounds = options.rounds ?? (quick ? 1 : 3);
  const quiet = quick ? 5 : 20;
  const seconds = quick ? 4 : 10;
  const times = quick ? 20 : 100;
  const notes: string[] = [];

  tell('The path alone…');
  const path = await measurePath(times * 2, quiet);
  const database = releases.keep(await openBenchDatabase(), (each) => each.drop());
  const commits = releases.keep(new RoleProcess<typeof insertLoad>('insert-load'), (each) => each.end());
  await commits.call.open({ url: database.url, connections: 1 });
  const subjects: SessionSubject[] = [];
  const irssi = await startIrssi(options, releases, notes);
  if (irssi !== undefined) subjects.push(irssi);
  const parley = await startParleySessions(options, releases, database.url);
  if (parley !== undefined) subjects.push(parley);

  const all: { subject: SessionSubject; figures: Figures }[] = [];
  for (const subject of subjects) {
    tell(`${subject.kind}: ${quiet} sessions one by one, then ${lively} at once…`);
    const empty = subject.memory();
    const alone = await subject.load.call.enter({ count: quiet, room: 'quiet', width: 1 });
    // Their connections, the saving of their places and the start of a spare host are theirs, and none of the burst's.
    await new Promise((resolve) => setTimeout(resolve, BEFORE_BURST_MS));
    const burst = await subject.load.call.enter({ count: lively, room: 'lively', width: lively });
    all.push({
      subject,
      figures: {
        kind: subject.kind,
        empty,
        firstByte: median(alone.firsts),
        wholeScreen: median(alone.wholes),
        burstWorst: Math.max(...burst.wholes),
        cpuMs: [],
        bytesLively: [],
        bytesAlone: [],
        echoP50: [],
        echoP99: [],
        across: [],
        slope: undefined,
        sessions: 0,
        total: empty,
        reattach: undefined,
        hostKilled: undefined,
        redeploy: undefined,
      },
    });
  }

  const commitP50s: number[] = [];
  // What no round counts: the first half minute of talk, in which V8 compiles what it is going to.
  for (const { subject } of all) {
    tell(`${subject.kind}: talk that is not counted…`);
    await subject.load.call.listen({ perSecond: 50, seconds: quick ? 2 : 30 });
  }
  for (let round = 0; round < rounds; round++) {
    tell(`Round ${round + 1} of ${rounds}…`);
    for (const { subject, figures } of all) {
      const cpuBefore = subject.cpuSeconds();
      const talk = await subject.load.call.listen({ perSecond: 50, seconds });
      figures.cpuMs.push(((subject.cpuSeconds() - cpuBefore) / talk.deliveries) * 1000);
      figures.bytesLively.push(talk.bytes / talk.deliveries);
      const slow = await subject.load.call.listen({ perSecond: 5, seconds });
      figures.bytesAlone.push(slow.bytes / slow.deliveries);
      const { latencies } = await subject.load.call.echo({ times, perSecond: 50 });
      figures.echoP50.push(percentile(latencies, 0.5));
      figures.echoP99.push(percentile(latencies, 0.99));
      figures.across.push(percentile((await subject.load.call.across({ times: times / 2 })).latencies, 0.5));
    }
    commitP50s.push(
      percentile((await commits.call.commit({ times: times / 2, pauseMs: LONE_MESSAGE_MS })).latencies, 0.5),
    );
  }

  for (const { subject, figures } of all) {
    tell(`${subject.kind}: ${lively * 2} more sessions…`);
    await subject.load.call.draft();
    const before = await settledMemory(() => subject.memory(), quick);
    await subject.load.call.enter({ count: lively * 2, room: 'lively', width: 8 });
    await subject.load.call.draft();
    figures.total = await settledMemory(() => subject.memory(), quick);
    figures.sessions = quiet + lively * 3;
    figures.slope = slopeOf(before, figures.total, lively * 2);
    if (subject.redeploy !== undefined) {
      figures.reattach = median((await subject.load.call.reattach({ times: times / 2 })).latencies);
      await subject.load.call.leaveBut({ count: lively });
      tell(`${subject.kind}: the host of ${lively} sessions is killed…`);
      figures.hostKilled = await subject.killHost?.();
      tell(`${subject.kind}: the gateway is started anew under ${lively} sessions…`);
      figures.redeploy = await subject.redeploy();
    }
    const { problems } = await subject.load.call.verdict();
    notes.push(`${subject.kind}: ${problems.length} problems.`, ...problems);
  }
  return {
    settings: { lively, quiet, rounds, size: '120×40', database: database.description },
    ...describeSessions(
      all.map(({ figures }) => figures),
      path,
      median(commitP50s),
      lively,
    ),
    notes,
  };
};

function slopeOf(before: Memory, after: Memory, added: number): Memory {
  return {
    pssBytes: (after.pssBytes - before.pssBytes) / added,
    privateBytes: (after.privateBytes - before.privateBytes) / added,
  };
}

const BEFORE_BURST_MS = 5000;
