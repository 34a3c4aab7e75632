/** The lines of a room, which are the items of a MessageList, as rows. Knows the theme, not the pane. */
import { namesIn } from '@parley/protocol';
import {
  type Run,
  run,
  sanitize,
  SharedRows,
  type Style,
  StyledRow,
  textWidth,
  truncate,
  wrapRuns,
} from '@parley/terminal';
import { type MembershipRun, namesOf, outcomeOf } from '../state/membership-runs.ts';
import type { ShownEvent } from '../state/room-log.ts';
import type { Note, PendingLine } from '../state/state.ts';
import { nickStyle, type Theme } from '../themes/theme.ts';
import { dayKey, dayWords, timeOfDay } from './clock-words.ts';
import { findEventRows, keepEventRows } from './event-row-cache.ts';
import { messageRuns } from './message-runs.ts';
import type { TimelineContext } from './timeline-context.ts';
import { unreachable } from '../state/unreachable.ts';

export type TimelineItem =
  /** The very first line of a room. */
  | { readonly kind: 'begin'; readonly key: 'begin'; readonly words: string }
  /** `first`: the "new" line stands above it. */
  | { readonly kind: 'event'; readonly key: number; readonly event: ShownEvent; readonly first: boolean }
  | { readonly kind: 'note'; readonly key: string; readonly note: Note }
  | { readonly kind: 'pending'; readonly key: string; readonly line: PendingLine };

/** Below this the nick stands above its messages instead of beside them. */
const COLUMNS_FROM = 54;

/** The rows of an item at a width. */
export function timelineRows(
  item: TimelineItem,
  width: number,
  previous: TimelineItem | undefined,
  context: TimelineContext,
): readonly StyledRow[] {
  const { theme } = context;
  switch (item.kind) {
    case 'begin':
      return [
        new StyledRow([], theme.background),
        ...wrapRuns([run(item.words, theme.faint)], Math.max(1, width - 2), {
          first: [run(' ', theme.background)],
          rest: [run(' ', theme.background)],
          fill: theme.background,
        }),
      ];
    case 'note':
      return noteRows(item.note, width, context);
    case 'pending':
      return pendingRows(item.line, width, previous, context);
    case 'event':
      return eventRows(item, width, previous, context);
    default:
      return unreachable(item);
  }
}

/** Rows of events, made once for all clients of the process that show the same. */
const sharedRows = new SharedRows({ maxRows: 4096 });

/** What the rows of an event depend on, for whoever looks at it: nothing else may go into them. */
interface EventLook {
  readonly event: ShownEvent;
  /** The day that begins here, in words; `''` when none does. */
  readonly day: string;
  readonly first: boolean;
  /** `''` where the line above says it already. */
  readonly time: string;
  readonly hasAuthor: boolean;
  /** The nick of whoever looks, where the message names them; else `''`. */
  readonly named: string;
  readonly theme: Theme;
}

function eventRows(
  item: Extract<TimelineItem, { kind: 'event' }>,
  width: number,
  previous: TimelineItem | undefined,
  context: TimelineContext,
): readonly StyledRow[] {
  const { event, first } = item;
  const before = previous?.kind === 'event' && !first ? previous.event : undefined;
  const found = before === undefined ? undefined : findEventRows(event, before, width, context);
  if (found !== undefined) return found;
  const look = lookOf(item, previous, context);
  const rows = sharedRows.get(keyOf(look), width, () => lookRows(look, width));
  // A day has another name tomorrow.
  if (before !== undefined && look.day === '' && look.named === '') keepEventRows(event, before, width, context, rows);
  return rows;
}

function lookOf(
  { event, first }: Extract<TimelineItem, { kind: 'event' }>,
  previous: TimelineItem | undefined,
  context: TimelineContext,
): EventLook {
  const { theme, wall, ownId, ownNick, ownName } = context;
  const at = new Date(event.at);
  const before = previous?.kind === 'event' ? previous.event : undefined;
  const beforeAt = before === undefined ? undefined : new Date(before.at);
  const startsDay =
    beforeAt === undefined
      ? previous?.kind !== 'note' && previous?.kind !== 'pending'
      : dayKey(beforeAt, wall) !== dayKey(at, wall);
  const day = startsDay ? dayWords(at, context.now(), wall) : '';
  const time = timeOfDay(at, wall);
  if (event.type !== 'message') return { event, day, first, time, hasAuthor: false, named: '', theme };
  const isGrouped =
    !startsDay &&
    !first &&
    beforeAt !== undefined &&
    before?.type === 'message' &&
    before.from.id === event.from.id &&
    timeOfDay(beforeAt, wall) === time;
  const isMention = event.from.id !== ownId && event.deleted !== true && namesIn(event.text).has(ownName);
  const named = isMention ? ownNick : '';
  return { event, day, first, time: isGrouped ? '' : time, hasAuthor: !isGrouped, named, theme };
}

/** All that the rows say, rather than what it is called: the same words look the same, wherever they come from. */
function keyOf({ event, day, first, time, hasAuthor, named, theme }: EventLook): string {
  const frame = [theme.name, day, first, time, hasAuthor, named].join('\0');
  if (event.type === 'membership.run') return `${frame}\0${membershipSign(event)}\0${membershipWords(event)}`;
  if (event.type !== 'message') return `${frame}\0${event.type}\0${JSON.stringify(event)}`;
  const author = hasAuthor ? `${event.from.id}\0${event.from.nick}` : '';
  const state = `${event.deleted === true}\0${event.editedAt !== undefined}`;
  return `${frame}\0${author}\0${state}\0${reactionWords(event)}\0${event.text}`;
}

function lookRows({ event, day, first, time, hasAuthor, named, theme }: EventLook, width: number): StyledRow[] {
  const rows: StyledRow[] = [];
  if (day !== '') rows.push(ruleRow(width, day, theme.rule.on(theme.background), theme.day, theme));
  if (first) rows.push(ruleRow(width, 'new', theme.marker, theme.marker, theme));
  if (event.type !== 'message') return [...rows, ...systemRows(event, time, width, theme)];
  const runs = messageRuns(event, named !== '', named, theme);
  const author = hasAuthor ? { nick: event.from.nick, style: nickStyle(theme, event.from.id) } : undefined;
  const fill = named === '' ? theme.background : theme.mentionBackground;
  rows.push(...body(width, theme, runs, { time, author, fill }));
  const words = reactionWords(event);
  if (words !== '') rows.push(...body(width, theme, [run(words, theme.faint)], {}));
  return rows;
}

function reactionWords({ reactions }: Extract<ShownEvent, { type: 'message' }>): string {
  if (reactions === undefined) return '';
  return Object.entries(reactions)
    .map(([emoji, ids]) => `${emoji} ${ids.length}`)
    .join('  ');
}

function systemRows(
  event: Exclude<ShownEvent, { type: 'message' }>,
  time: string,
  width: number,
  theme: Theme,
): readonly StyledRow[] {
  const { faint, soft } = theme;
  switch (event.type) {
    case 'membership.run':
      return body(width, theme, [run(membershipWords(event), faint)], { time, sign: membershipSign(event) });
    case 'topic.changed': {
      const { nick } = event.from;
      const what = event.topic === '' ? 'cleared the topic' : 'set the topic: ';
      return body(width, theme, [run(`${nick} ${what}`, faint), run(event.topic, soft)], { time, sign: '✎' });
    }
    default:
      return unreachable(event);
  }
}

/** `ada, bob and 3 others joined, eve left`. */
export function membershipWords(run: MembershipRun): string {
  const { joined, left, passed, returned } = outcomeOf(run);
  const parts = [
    joined.length > 0 ? `${namesOf(joined, run.uncounted)} joined` : '',
    left.length > 0 ? `${namesOf(left, joined.length > 0 ? 0 : run.uncounted)} left` : '',
    passed.length > 0 ? `${namesOf(passed)} came and went` : '',
    returned.length > 0 ? `${namesOf(returned)} left and came back` : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function membershipSign(run: MembershipRun): string {
  const { joined, left, passed, returned } = outcomeOf(run);
  if (passed.length > 0 || returned.length > 0 || (joined.length > 0 && left.length > 0)) return '↔';
  return joined.length > 0 ? '→' : '←';
}

/** Another nick stands there as comings and goings do: nobody has asked for it. */
function noteRows(
  { words, tone, renames }: Note,
  width: number,
  { theme, wall }: TimelineContext,
): readonly StyledRow[] {
  const first = renames?.[0];
  if (first === undefined) return body(width, theme, [run(words, toneStyle(theme, tone))], { sign: '▪' });
  const time = timeOfDay(new Date(first.at), wall);
  return body(width, theme, [run(words, theme.faint)], { time, sign: '~' });
}

function pendingRows(
  line: PendingLine,
  width: number,
  previous: TimelineItem | undefined,
  context: TimelineContext,
): readonly StyledRow[] {
  const { theme } = context;
  const text = run(line.text, theme.pending);
  // As it will stand once it is sent: the line must not move then.
  const isGrouped = previous?.kind === 'pending' || isOwnAndRecent(previous, context);
  const author = isGrouped ? undefined : { nick: context.ownNick, style: theme.pending };
  if (line.state !== 'failed') {
    const state = line.state === 'waiting' ? '  waiting to be sent…' : line.late ? '  sending…' : '';
    return body(width, theme, [text, run(state, theme.faint)], { author });
  }
  return [
    ...body(width, theme, [text], { author }),
    ...body(width, theme, [run(`Not sent: ${line.words} /retry sends it again, /discard drops it.`, theme.bad)], {
      sign: '!',
    }),
  ];
}

function isOwnAndRecent(item: TimelineItem | undefined, context: TimelineContext): boolean {
  if (item?.kind !== 'event' || item.event.type !== 'message' || item.event.from.id !== context.ownId) return false;
  const { wall } = context;
  const [at, now] = [new Date(item.event.at), new Date(context.now())];
  return timeOfDay(at, wall) === timeOfDay(now, wall) && dayKey(at, wall) === dayKey(now, wall);
}

interface BodyParts {
  readonly time?: string | undefined;
  readonly author?: { readonly nick: string; readonly style: Style } | undefined;
  /** Stands where the nick would: for lines that nobody wrote. */
  readonly sign?: string;
  readonly fill?: Style;
}

/** Text with the time and the nick beside it, or, where it is narrow, above it. */
function body(width: number, theme: Theme, runs: readonly Run[], parts: BodyParts): readonly StyledRow[] {
  const { time, author, sign } = parts;
  const fill = parts.fill ?? theme.background;
  if (width < COLUMNS_FROM) return narrowBody(width, theme, runs, parts, fill);
  const cols = nickCols(width);
  const name = author === undefined ? '' : truncate(sanitize(author.nick), cols);
  const label = author === undefined ? (sign ?? '') : name;
  const labelStyle = author?.style ?? theme.faint;
  const first = [
    run(` ${(time ?? '').padEnd(5)} `, theme.faint.on(fill)),
    run(' '.repeat(Math.max(0, cols - textWidth(label))), fill),
    run(label, labelStyle.on(fill)),
    run(label === '' ? ` ${theme.lineBlank}` : '  ', fill),
  ];
  return wrapRuns(runs, width - 1, { first, ...indentation(textColumn(width), fill, theme), fill });
}

function narrowBody(
  width: number,
  theme: Theme,
  runs: readonly Run[],
  { time, author, sign }: BodyParts,
  fill: Style,
): readonly StyledRow[] {
  const rows: StyledRow[] = [];
  if (author !== undefined) {
    const head = [
      run(' ', theme.background),
      run(truncate(sanitize(author.nick), Math.max(1, width - 9)), author.style),
    ];
    rows.push(
      new StyledRow(
        [...head, run(time === undefined || time === '' ? '' : `  ${time}`, theme.faint)],
        theme.background,
      ),
    );
  }
  const indent = author === undefined && sign !== undefined ? ` ${sign} ` : ` ${theme.lineBlank}`;
  const first = [run(indent, sign === undefined ? fill : theme.faint)];
  const before = { first, ...indentation(textWidth(indent), fill, theme) };
  return [...rows, ...wrapRuns(runs, Math.max(4, width - 1), { ...before, fill })];
}

/** What stands before rows that have neither time nor name beside them: those that go on, and those that begin a line. */
const indentation = (columns: number, fill: Style, { lineBlank }: Theme) => ({
  rest: [run(' '.repeat(columns), fill)],
  nextLine: [run(' '.repeat(columns - 1) + lineBlank, fill)],
});

/** The column at which a message's words begin, in a pane of a width. */
export const textColumn = (width: number): number => (width < COLUMNS_FROM ? 2 : nickCols(width) + GUTTER_COLS);

/** What stands beside the nick: the time, and blanks. */
const GUTTER_COLS = 9;
/** Columns for nicks beside the messages. */
const nickCols = (width: number): number => (width < 64 ? 10 : width < 90 ? 12 : 15);

/** A line across the pane with a word in it. */
function ruleRow(width: number, word: string, line: Style, text: Style, theme: Theme): StyledRow {
  const label = ` ${truncate(word, Math.max(1, width - 8))} `;
  const free = Math.max(0, width - 2 - textWidth(label));
  const left = Math.floor(free / 2);
  return new StyledRow(
    [run(' ', theme.background), run('─'.repeat(left), line), run(label, text), run('─'.repeat(free - left), line)],
    theme.background,
  );
}

const toneStyle = (theme: Theme, tone: Note['tone']): Style =>
  ({ plain: theme.soft, good: theme.good, bad: theme.bad })[tone];
