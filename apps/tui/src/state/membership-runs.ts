/**
 * People who come and go in a row, as one line of a room. Pure: a run grows by one event at a time, and says who came,
 * who left and who did both since it began.
 */
import type { RoomEvent } from '@parley/protocol';

export type MemberEvent = Extract<RoomEvent, { type: 'member.joined' | 'member.left' }>;

/** A run of them. `seq` and `at` are the first one's, and stay while it grows. */
export interface MembershipRun {
  readonly type: 'membership.run';
  readonly seq: number;
  readonly at: string;
  readonly lastSeq: number;
  /** The newest of its events, ascending; those before are only counted. */
  readonly events: readonly MemberEvent[];
  readonly uncounted: number;
}

const KEPT = 100;
/** A run that began longer ago than this is left alone: its time would mislead. */
const LONGEST_MS = 30 * 60_000;

/**
 * The runs that were made of these events, and what became of them: clients of one process are told the same events, and where
 * hundreds come in each of them would make each of these lists anew. A run does not hold on to the longer one: the first event
 * of a long line of them would hold all.
 */
const begun = new WeakMap<MemberEvent, MembershipRun>();
const continued = new WeakMap<
  MembershipRun,
  { readonly event: MemberEvent; readonly longer: WeakRef<MembershipRun> }
>();
const outcomes = new WeakMap<MembershipRun, MembershipOutcome>();

export function membershipRunOf(event: MemberEvent): MembershipRun {
  const known = begun.get(event);
  if (known !== undefined) return known;
  const run: MembershipRun = {
    type: 'membership.run',
    seq: event.seq,
    at: event.at,
    lastSeq: event.seq,
    events: [event],
    uncounted: 0,
  };
  begun.set(event, run);
  return run;
}

/** The run with one more event, or undefined when that begins a run of its own. */
export function withMembership(run: MembershipRun, event: MemberEvent): MembershipRun | undefined {
  const known = continued.get(run);
  const made = known?.event === event ? known.longer.deref() : undefined;
  if (made !== undefined) return made;
  if (Date.parse(event.at) - Date.parse(run.at) > LONGEST_MS) return undefined;
  const events = [...run.events, event];
  const over = Math.max(0, events.length - KEPT);
  const longer = { ...run, lastSeq: event.seq, events: events.slice(over), uncounted: run.uncounted + over };
  continued.set(run, { event, longer: new WeakRef(longer) });
  return longer;
}

/** Two runs that follow each other as one, or undefined when that would be too long a time. */
export function joinMembershipRuns(older: MembershipRun, newer: MembershipRun): MembershipRun | undefined {
  const last = newer.events.at(-1);
  if (last === undefined || Date.parse(last.at) - Date.parse(older.at) > LONGEST_MS) return undefined;
  const events = [...older.events, ...newer.events];
  const over = Math.max(0, events.length - KEPT);
  const uncounted = older.uncounted + newer.uncounted + over;
  return { ...older, lastSeq: newer.lastSeq, events: events.slice(over), uncounted };
}

/** What a run comes to for each person, in the order in which they first appear in it. */
export interface MembershipOutcome {
  readonly joined: readonly string[];
  readonly left: readonly string[];
  /** Came and left again. */
  readonly passed: readonly string[];
  /** Left and came back. */
  readonly returned: readonly string[];
}

export function outcomeOf(run: MembershipRun): MembershipOutcome {
  const known = outcomes.get(run);
  if (known !== undefined) return known;
  const people = new Map<string, { nick: string; first: MemberEvent['type']; last: MemberEvent['type'] }>();
  for (const { from, type } of run.events) {
    people.set(from.id, { nick: from.nick, first: people.get(from.id)?.first ?? type, last: type });
  }
  const who = (first: MemberEvent['type'], last: MemberEvent['type']): string[] =>
    [...people.values()].filter((each) => each.first === first && each.last === last).map(({ nick }) => nick);
  const outcome = {
    joined: who('member.joined', 'member.joined'),
    left: who('member.left', 'member.left'),
    passed: who('member.joined', 'member.left'),
    returned: who('member.left', 'member.joined'),
  };
  outcomes.set(run, outcome);
  return outcome;
}

/** `ada`, `ada and bob`, `ada, bob and 3 others`. */
export function namesOf(nicks: readonly string[], more = 0): string {
  const named = nicks.length + more <= 3 ? nicks : nicks.slice(0, 2);
  const others = nicks.length + more - named.length;
  if (others > 0) return `${named.join(', ')} and ${others} ${others === 1 ? 'other' : 'others'}`;
  const last = named.at(-1) ?? '';
  return named.length < 2 ? last : `${named.slice(0, -1).join(', ')} and ${last}`;
}
