/** Holds what a crowd sent and saw against the rooms' logs, and says in figures and words what came of it. */
import type { MessageEvent, RoomEvent } from '@parley/protocol';
import type { Ledger } from './ledger.ts';
import { markOf, type Reading } from './reading.ts';

export interface Report {
  readonly sent: number;
  readonly acknowledged: number;
  /** Messages in the logs. */
  readonly stored: number;
  /** Edits and deletions in the logs. */
  readonly changes: number;
  /** Events shown, over all readers. */
  readonly seen: number;
  readonly readers: number;
  /** Acknowledged and not in the log, or in the log and not shown to a reader of the room. */
  readonly lost: number;
  /** Stored twice, or shown twice to the same reader. */
  readonly doubled: number;
  /** In a log, or in what a reader was shown. */
  readonly gaps: number;
  readonly outOfOrder: number;
  /** Sends that were told `unavailable` and sent again. */
  readonly refusals: number;
  /** Everything above that should be 0, in words. */
  readonly problems: readonly string[];
}

export interface Evidence {
  readonly ledger: Ledger;
  readonly logs: ReadonlyMap<string, readonly RoomEvent[]>;
  readonly readings: readonly Reading[];
  /** Who waited for each acknowledgement before the next message to the same room, so that their order is promised. */
  readonly orderly: ReadonlySet<string>;
}

export function examine({ ledger, logs, readings, orderly }: Evidence): Report {
  const counts = { lost: 0, doubled: 0, gaps: 0, outOfOrder: 0 };
  const problems = [...ledger.problems];
  const blame = (kind: keyof typeof counts, what: string): void => {
    counts[kind] += 1;
    problems.push(what);
  };
  const stored = new Map<string, { room: string; seq: number }>();
  for (const [room, events] of logs) {
    const indexes = new Map<string, number>();
    /** Each person's last coming or going. */
    const moves = new Map<string, string>();
    let at = '';
    events.forEach((event, index) => {
      if (event.seq !== index + 1) blame('gaps', `the log of ${room} has seq ${event.seq} where ${index + 1} belongs`);
      // ISO 8601 in UTC: as text they sort as times.
      if (event.at < at) blame('outOfOrder', `the time in ${room} goes back from ${at} to ${event.at} at ${event.seq}`);
      at = event.at;
      if (event.type === 'member.joined' || event.type === 'member.left') {
        if (moves.get(event.from.id) === event.type) {
          blame('doubled', `${event.from.nick} has ${event.type} in ${room} again at ${event.seq}`);
        }
        moves.set(event.from.id, event.type);
      }
      if (event.type !== 'message') return;
      if (stored.has(event.cid)) blame('doubled', `message ${event.cid} is stored twice`);
      stored.set(event.cid, { room, seq: event.seq });
      const sent = ledger.sent.get(event.cid);
      const text = ledger.changed.has(event.cid) ? ledger.changed.get(event.cid) : sent?.text;
      if (sent === undefined || text !== textOf(event) || sent.room !== room) {
        problems.push(`seq ${event.seq} of ${room} is a message that nobody wrote`);
      } else if (orderly.has(sent.writer)) {
        const before = indexes.get(sent.writer) ?? -1;
        if (sent.index < before) blame('outOfOrder', `message ${sent.index} of ${sent.writer} is after ${before}`);
        indexes.set(sent.writer, sent.index);
      }
    });
  }
  for (const [cid, seq] of ledger.acknowledged) {
    const found = stored.get(cid);
    if (found === undefined) blame('lost', `message ${cid} was acknowledged with seq ${seq} and is not in the log`);
    else if (found.seq !== seq) problems.push(`message ${cid} was acknowledged with seq ${seq} and is at ${found.seq}`);
  }
  for (const reading of readings) {
    counts.doubled += reading.doubled;
    counts.gaps += reading.gaps;
    counts.outOfOrder += reading.outOfOrder;
    problems.push(...reading.problems);
    for (const [room, { from, marks, changed }] of reading.rooms) {
      const due = (logs.get(room) ?? []).slice(from);
      const missed = due.filter((event, index) => marks[index] !== markOf(event));
      counts.lost += missed.length;
      if (missed.length > 0) {
        problems.push(
          `${reading.reader} was not shown ${missed.length} events of ${room}, the first ${missed[0]?.seq}`,
        );
      }
      for (const event of logs.get(room) ?? []) {
        if (event.type === 'message' && changed.has(event.seq) && changed.get(event.seq) !== textOf(event))
          problems.push(`${reading.reader} has another text of ${event.seq} in ${room} than its log`);
      }
      if (marks.length > due.length) problems.push(`${reading.reader} was shown more of ${room} than is in its log`);
    }
  }
  return {
    ...counts,
    sent: ledger.sent.size,
    acknowledged: ledger.acknowledged.size,
    stored: stored.size,
    changes: [...logs.values()].flat().filter((event) => 'target' in event).length,
    seen: readings.reduce((sum, { seen }) => sum + seen, 0),
    readers: readings.length,
    refusals: ledger.refusals,
    problems,
  };
}

/** What a message says; undefined where it is deleted. */
const textOf = ({ text, deleted }: MessageEvent): string | undefined => (deleted === true ? undefined : text);

/** Prints what was done and what came of it, under the seed that does it again. */
export function printReport(what: string, seed: number, report: Report): void {
  const { sent, acknowledged, stored, changes, seen, readers, lost, doubled, gaps, outOfOrder, refusals } = report;
  const rows = [
    { sent, acknowledged, stored, changes, 'told to wait': refusals },
    { seen, 'by readers': readers },
    { lost, doubled, gaps, 'out of order': outOfOrder },
  ];
  const figures = rows.map((row) =>
    Object.entries(row)
      .map(([name, figure]) => `${name} ${figure.toLocaleString('en')}`)
      .join(', '),
  );
  console.log(`${what} (seed ${seed})\n  ${figures.join('\n  ')}`);
}
