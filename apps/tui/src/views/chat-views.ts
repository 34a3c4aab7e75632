/** The rows of the panes around the messages: header, rooms, members, notice, composer, status. Pure. */
import { foldName, type Room, utf8Bytes } from '@parley/protocol';
import { type Run, run, sanitize, SharedRows, type Style, StyledRow } from '@parley/terminal';
import { parseEntry } from '../commands/parse-entry.ts';
import { composerBox, PROMPT_COLS } from '../layout/chat-layout.ts';
import type { Size } from '../layout/geometry.ts';
import { HELP_WORDS, onlineWords, showsHelpWords, toastLines } from '../state/chat-places.ts';
import { currentDraft } from '../state/room-drafts.ts';
import { layoutDraft } from '../state/draft.ts';
import { MAX_PARTS, messageParts, sendable } from '../state/message-parts.ts';
import {
  activeRoom,
  distinctMembers,
  goneOther,
  listedRoom,
  listTotal,
  onlineCount,
  shownMembers,
} from '../state/open-room.ts';
import { labelOf, shownName } from '../state/room-list.ts';
import { type News, shownRooms } from '../state/room-scroll.ts';
import type { ChatStage, OpenRoom, Toast } from '../state/state.ts';
import type { Theme } from '../themes/theme.ts';
import { bar, cutRuns, runsWidth } from './bar.ts';
import { secondsUntil } from './clock-words.ts';
import { unreachable } from '../state/unreachable.ts';

/** Rows at the sides that all clients of the process have in common. */
const sideRows = new SharedRows({ maxRows: 1024 });

/** The unread count to show: what is being read is read. */
function unreadOf(chat: ChatStage, room: Room, focused: boolean): number {
  return room.room === chat.active && focused && chat.viewport.atBottom ? 0 : room.unread;
}

/** Whether two lists of rooms look the same in this chat, wherever they are shown. */
export function looksSame(a: readonly Room[], b: readonly Room[], chat: ChatStage, focused: boolean): boolean {
  if (a === b) return true;
  return (
    a.length === b.length &&
    a.every((room, index) => {
      const other = b[index];
      return (
        other !== undefined &&
        (room === other ||
          (room.room === other.room &&
            room.title === other.title &&
            room.topic === other.topic &&
            room.kind === other.kind &&
            labelOf(room) === labelOf(other) &&
            unreadOf(chat, room, focused) === unreadOf(chat, other, focused)))
      );
    })
  );
}

export function headerRow(chat: ChatStage, theme: Theme, width: number): StyledRow {
  const room = listedRoom(chat);
  const name = shownName(room, chat.active ?? '');
  const left: Run[] = [run(` ${name}`, theme.header)];
  if (room !== undefined && room.kind !== 'direct' && foldName(room.title) !== foldName(room.room)) {
    left.push(run(`  ${room.title}`, theme.header.with({ bold: false })));
  }
  if (room !== undefined && room.topic !== '') left.push(run(`  ${room.topic}`, theme.headerTopic));
  const online = onlineWords(chat);
  return bar(width, left, online === '' ? [] : [run(online, theme.headerTopic)], theme.headerTopic);
}

/** The rooms pane: its last column is the line that separates it, with an arrow where the list goes on. */
export function roomRows(chat: ChatStage, theme: Theme, width: number, height: number, focused: boolean): StyledRow[] {
  const { lines, top, above, below } = shownRooms(chat, height);
  const inner = width - 1;
  const edge = run('│', theme.rule);
  const rows = lines.slice(top, top + height).map((line, index) => {
    const goesOn = index === 0 && top > 0 ? '↑' : index === height - 1 && top + height < lines.length ? '↓' : undefined;
    const end = goesOn === undefined ? edge : run(goesOn, theme.sideFaint);
    if (line.kind === 'gap') return sideRow([], inner, theme.side, end);
    if (line.kind === 'heading')
      return sideRow([run(` ${line.text.toUpperCase()}`, theme.sideHeading)], inner, theme.side, end);
    const { room } = line;
    const isActive = room.room === chat.active;
    const unread = unreadOf(chat, room, focused);
    const isMentioned = chat.mentioned.has(room.room) || (room.kind === 'direct' && unread > 0);
    const style = isActive ? theme.sideActive : unread > 0 ? theme.sideUnread : theme.side;
    const background: Style = isActive ? theme.sideActive : theme.side;
    const count = unread === 0 ? '' : `${countWords(unread)} `;
    const badge = (isMentioned ? theme.mentionBadge : theme.badge).on(background);
    const left = [
      run(isActive ? '▌' : ' ', theme.sideActiveMark.on(background)),
      // In one style: beside messages that scroll this is written again for each of them.
      run(shownName(room, room.room), style),
    ];
    const row = bar(inner, left, count === '' ? [] : [run(count, badge)], background);
    return new StyledRow([...padded(row, inner, background), end], theme.side);
  });
  const empty = sideRows.get(`${theme.name} rooms`, width, () => [sideRow([], inner, theme.side, edge)]);
  while (rows.length < height) rows.push(...empty);
  if (above !== undefined) rows[0] = newsRow('↑', above.news, theme, inner, edge);
  if (below !== undefined) rows[height - 1] = newsRow('↓', below.news, theme, inner, edge);
  return rows;
}

/** What is new in rooms above or below those that are shown, and the key that goes there. */
function newsRow(sign: string, { messages, isPersonal }: News, theme: Theme, inner: number, edge: Run): StyledRow {
  const words = run(
    ` ${sign} ${countWords(messages)} new `,
    (isPersonal ? theme.mentionBadge : theme.badge).on(theme.side),
  );
  const key = run('Alt+A ', theme.sideFaint);
  const keys = runsWidth([words, key]) <= inner ? [key] : [];
  const row = bar(inner, [words], keys, theme.side);
  return new StyledRow([...padded(row, inner, theme.side), edge], theme.side);
}

const countWords = (messages: number): string => (messages > 999 ? '999+' : String(messages));

export function memberRows(chat: ChatStage, theme: Theme, width: number, height: number): StyledRow[] {
  const open = activeRoom(chat);
  const edge = run('│', theme.rule);
  const inner = width - 1;
  const empty = sideRows.get(`${theme.name} members`, width, () => [new StyledRow([edge], theme.side)]);
  const known = open?.members ?? [];
  const members = distinctMembers(known);
  const total = listTotal(members, known, open?.total ?? 0);
  const heading = `MEMBERS ${open === undefined ? '' : memberCount(open, total, inner - 9)}`;
  const rows = [new StyledRow([edge, ...cutRuns([run(` ${heading}`, theme.sideHeading)], inner)], theme.side)];
  const shown = shownMembers(members, height, listedRoom(chat));
  for (const { id, nick, online } of shown) {
    const isOwn = id === chat.you.id;
    const key = `${theme.name} member ${online} ${isOwn} ${nick}`;
    rows.push(...sideRows.get(key, width, () => [memberRow(nick, online, isOwn, theme, width)]));
  }
  if (shown.length < members.length) {
    const words = cutRuns([run(`   ${total - shown.length} more: F3`, theme.sideFaint)], inner);
    rows.push(new StyledRow([edge, ...words], theme.side));
  }
  while (rows.length < height) rows.push(...empty);
  return rows.slice(0, height);
}

function memberRow(nick: string, online: boolean, isOwn: boolean, theme: Theme, width: number): StyledRow {
  const dot = online ? run(' ● ', theme.sideOnline) : run(' ○ ', theme.sideFaint);
  const style = online ? theme.side : theme.sideFaint;
  const row = bar(width - 1, [dot, run(nick, isOwn ? style.with({ bold: true }) : style)], [], theme.side);
  return new StyledRow([run('│', theme.rule), ...row.runs], theme.side);
}

/** `3/7` online of all, or what of that fits. Guests whose nick someone else has by now count no more than they are listed. */
function memberCount(open: OpenRoom, total: number, cols: number): string {
  const online = onlineCount(open);
  const both = `${online}/${Math.max(total, online)}`;
  return both.length <= cols ? both : String(online);
}

/** Above the composer: the most urgent of what there is to say; what is new below stands at its right. */
export function noticeRows(chat: ChatStage, theme: Theme, width: number, height: number): StyledRow[] {
  const { atBottom, below } = chat.viewport;
  // End alone is the draft's where there is one.
  const end = currentDraft(chat).text === '' ? 'End' : 'Ctrl+End';
  const missed = activeRoom(chat)?.missed ?? 0;
  const above = missed > 0 ? `↑ ${missed} new: Alt+U ` : '';
  const words = atBottom ? above : below > 0 ? `↓ ${below} new below ` : `↓ ${end}: newest `;
  const right = words === '' ? [] : [run(words, below > 0 || atBottom ? theme.accent : theme.faint)];
  const toast = toastOf(chat);
  if (toast !== undefined) {
    const style = { plain: theme.soft, good: theme.good, bad: theme.bad }[toast.tone];
    const lines = toastLines(toast, width).slice(0, height);
    return lines.map((line, index) =>
      bar(width, [run(` ${line}`, style)], index === lines.length - 1 ? right : [], theme.background),
    );
  }
  return [bar(width, noticeRuns(chat, theme, width), right, theme.background)];
}

function noticeRuns(chat: ChatStage, theme: Theme, width: number): readonly Run[] {
  const { completion } = chat;
  if (completion !== undefined) return candidateRuns(completion.candidates, completion.index, theme, width);
  const bytes = utf8Bytes(sendable(currentDraft(chat).text));
  const { textBytes } = chat.limits;
  if (bytes > textBytes) return [run(` ${tooLongWords(chat, bytes)}`, theme.bad)];
  if (bytes > textBytes * 0.8) return [run(` ${textBytes - bytes} bytes left`, theme.warn)];
  const open = activeRoom(chat);
  // On either side of a stretch something may be missing.
  const missing = open?.live === undefined ? 'older messages' : 'messages';
  if (open?.paging === true) return [run(` Loading ${missing} …`, theme.faint)];
  const typing = open?.typing.map(({ nick }) => nick) ?? [];
  if (typing.length > 0) return [run(` ${typingWords(typing)}`, theme.faint)];
  const gone = goneOther(chat);
  return gone === undefined ? [] : [run(` ${gone} has left; guests don’t come back.`, theme.warn)];
}

/** Of a draft that no message takes: what Enter makes of it, and how to get rid of it. */
function tooLongWords(chat: ChatStage, bytes: number): string {
  const { text } = currentDraft(chat);
  const { textBytes } = chat.limits;
  const entry = parseEntry(sendable(text));
  const over = `${bytes - textBytes} bytes too long`;
  if (entry.kind !== 'message') return `${over}: ${textBytes} fit.`;
  const parts = messageParts(entry.text, textBytes).length;
  if (parts > MAX_PARTS) return `${over}: Alt+R deletes it.`;
  return chat.inParts === text ? `Enter sends it in ${parts} messages.` : `${over}. Enter: ${parts} messages`;
}

function typingWords(nicks: readonly string[]): string {
  if (nicks.length === 1) return `${nicks[0]} is typing…`;
  if (nicks.length === 2) return `${nicks[0]} and ${nicks[1]} are typing…`;
  return `${nicks.length} people are typing…`;
}

function candidateRuns(candidates: readonly string[], index: number, theme: Theme, width: number): readonly Run[] {
  const shown = (from: number): readonly Run[] => {
    const runs: Run[] = [];
    // What is past the edge is not even measured: in a large room there are hundreds.
    for (let at = from, cols = 0; at < candidates.length && cols < width; at++) {
      const text = ` ${(candidates[at] ?? '').trim()} `;
      cols += runsWidth([run(text)]);
      runs.push(run(text, at === index ? theme.accent.with({ bold: true, underline: true }) : theme.faint));
    }
    return runs;
  };
  // A window of candidates that starts a little before the chosen one, so that it is always seen.
  const all = shown(0);
  const from = all.length === candidates.length && runsWidth(all) < width - 2 ? 0 : Math.max(0, index - 1);
  return from > 0 ? [run(' …', theme.faint), ...shown(from)] : all;
}

export interface ComposerView {
  readonly rows: readonly StyledRow[];
  /** The cursor's cell within the rows. */
  readonly cursor: { readonly x: number; readonly y: number };
}

export function composerView(chat: ChatStage, theme: Theme, size: Size, width: number, height: number): ComposerView {
  const draft = currentDraft(chat);
  if (draft.text === '') {
    const room = listedRoom(chat);
    const words = `Message ${shownName(room, chat.active ?? '')}`;
    const row = bar(
      width,
      [run(' › ', theme.prompt), run(words, theme.placeholder)],
      showsHelpWords(chat, width) ? [run(HELP_WORDS, theme.placeholder)] : [],
      theme.composer,
    );
    return { rows: [row], cursor: { x: Math.min(PROMPT_COLS, width - 1), y: 0 } };
  }
  const layout = layoutDraft(draft, { ...composerBox(size), rows: height });
  const rows = layout.rows.map((text, index) => {
    const more =
      index === 0 && layout.above > 0 ? ' ↑ ' : index === layout.rows.length - 1 && layout.below > 0 ? ' ↓ ' : '';
    const sign = more === '' ? (index === 0 ? ' › ' : '   ') : more;
    return new StyledRow([run(sign, theme.prompt), run(text, theme.composer)], theme.composer);
  });
  return { rows, cursor: { x: Math.min(width - 1, layout.cursor.x + PROMPT_COLS), y: layout.cursor.y } };
}

/** What is to be said now, unless a completion has its place. */
const toastOf = (chat: ChatStage): Toast | undefined => (chat.completion === undefined ? chat.toast : undefined);

/** Which keys there are, as many as there is room for. */
const STATUS_HINTS = ['Alt+↑↓ rooms  PgUp back  F1 help  Esc Esc leave ', 'Alt+↑↓ rooms  F1 help ', 'F1 help '];

/**
 * `shows`: how many rows the pane of rooms has, and whether there is one for notices. What they don't show stands here: what
 * is new in rooms that are out of sight, and notices while they are said. `hosted`: in a browser, whose own F5 is.
 */
export function statusRow(
  chat: ChatStage,
  theme: Theme,
  width: number,
  now: number,
  shows: { readonly roomRows: number; readonly notice: boolean; readonly hosted: boolean },
): StyledRow {
  const toast = toastOf(chat);
  if (!shows.notice && toast !== undefined) {
    const style = { plain: theme.status, good: theme.statusGood, bad: theme.statusBad }[toast.tone];
    return bar(width, [run(` ${toast.words}`, style)], [], theme.status);
  }
  const who = `${chat.you.nick}${chat.you.guest && width >= 60 ? ' (guest)' : ''}`;
  const left: Run[] = [
    ...connectionRuns(chat, theme, now, width, shows.hosted),
    run(width >= 60 ? '  ' : ' ', theme.status),
    run(who, theme.status),
  ];
  const right: Run[] = [];
  const { messages, rooms } = shownRooms(chat, shows.roomRows).hidden;
  if (rooms > 0) {
    right.push(run(`${messages} new in ${rooms === 1 ? '1 room' : `${rooms} rooms`} `, theme.statusWarn));
  } else if (chat.connection.name === 'online' && width >= 60) {
    // Else what happens to the connection needs the room.
    const free = width - runsWidth(left) - 1;
    const hint = STATUS_HINTS.find((each) => runsWidth([run(each)]) <= free);
    if (hint !== undefined) right.push(run(hint, theme.statusFaint));
  }
  return bar(width, left, right, theme.status);
}

function connectionRuns(chat: ChatStage, theme: Theme, now: number, width: number, hosted: boolean): readonly Run[] {
  const { connection } = chat;
  switch (connection.name) {
    case 'online':
      return [run(' ●', theme.statusGood), run(width >= 60 ? ' connected' : '', theme.status)];
    case 'waiting': {
      const seconds = secondsUntil(connection.retryAt, now);
      const words = ` ○ reconnecting in ${seconds} s (attempt ${connection.attempt + 1})`;
      return [
        run(words, theme.statusWarn),
        run(width >= 90 ? `  ${connection.reason}${hosted ? '' : ' F5: now'}` : '', theme.statusFaint),
      ];
    }
    case 'connecting':
      if (chat.entering && connection.attempt === 1) return [run(' ◌ entering …', theme.statusFaint)];
      return [run(` ◌ connecting … (attempt ${connection.attempt})`, theme.statusWarn)];
    case 'refused':
      return [run(` ✕ ${connection.message}`, theme.statusBad)];
    case 'idle':
    case 'closed':
      return [run(' ○ not connected', theme.statusFaint)];
    default:
      return unreachable(connection);
  }
}

/** The terminal's title: where one is, and how much is new elsewhere. */
export function titleOf(chat: ChatStage, focused: boolean): string {
  const unread = chat.rooms.reduce((sum, room) => sum + unreadOf(chat, room, focused), 0);
  const name = sanitize(shownName(listedRoom(chat), chat.active ?? ''));
  return `${unread > 0 ? `(${unread}) ` : ''}${name} · Parley`;
}

function sideRow(runs: readonly Run[], inner: number, fill: Style, edge: Run): StyledRow {
  const cut = cutRuns(runs, inner);
  return new StyledRow([...cut, run(' '.repeat(Math.max(0, inner - runsWidth(cut))), fill), edge], fill);
}

function padded(row: StyledRow, width: number, fill: Style): readonly Run[] {
  return [...row.runs, run(' '.repeat(Math.max(0, width - row.width)), fill)];
}
