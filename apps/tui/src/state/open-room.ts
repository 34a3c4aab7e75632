/** What is known of one opened room besides its log: members, typing, notes. Pure changes of an `OpenRoom`. */
import { foldName, type Hint, LOBBY, type Member, type Room, type RoomEvent } from '@parley/protocol';
import type { OpenedRoom } from './actions.ts';
import { copyChat, copyOpenRoom } from './copies.ts';
import { type Rename, renameWords, withAnother } from './renames.ts';
import { appendEvents, changeEvents, EMPTY_LOG, logOf, type RoomLog } from './room-log.ts';
import type { ChatStage, Glimpse, Note, OpenRoom, PendingLine, PendingReport, Tone } from './state.ts';

const TYPING_MS = 6000;
const MAX_NOTES = 50;
/** New messages that no screen shows at once. */
const MANY_NEW = 40;
/** Sending is not worth a word before. */
const LATE_MS = 1000;

export const loadingRoom = (room: string): OpenRoom => ({
  room,
  load: 'loading',
  glimpse: undefined,
  asked: undefined,
  askAgainAt: undefined,
  log: EMPTY_LOG,
  live: undefined,
  paging: false,
  marker: undefined,
  missed: 0,
  markedSeq: 0,
  members: [],
  total: 0,
  membersAreOld: false,
  online: undefined,
  pending: [],
  typing: [],
  notes: [],
});

/** A room that is being opened, with what others see of it. */
export const glimpsedRoom = ({ room, log, members, total, online }: Glimpse): OpenRoom => ({
  ...loadingRoom(room.room),
  glimpse: room,
  log,
  members,
  total,
  online,
});

/** Whether there is something to see of it: its own, or what others see. */
export const isShown = ({ load, glimpse }: OpenRoom): boolean => load === 'ready' || glimpse !== undefined;

/** How many are online in it, as far as is known. */
export const onlineCount = ({ online, members }: OpenRoom): number =>
  online ?? members.filter((member) => member.online).length;

/** The newest of what is held of it, whatever is shown. */
export const newestOf = ({ log, live }: OpenRoom): RoomLog => live ?? log;

/** A room, the active one if none is named, as the list of one's own rooms has it. */
export const listedRoom = (chat: ChatStage, name = chat.active): Room | undefined =>
  chat.rooms.find(({ room }) => room === name);

/** The nick of the guest whom a direct conversation was with, once they have left. */
export function goneOther(chat: ChatStage): string | undefined {
  const open = activeRoom(chat);
  const other = listedRoom(chat)?.with;
  if (open?.load !== 'ready' || other === undefined) return undefined;
  return open.members.some((member) => member.id === other.id && isGone(member)) ? other.nick : undefined;
}

/** Guests take nothing with them when they leave: neither their nick nor their rooms wait for them. */
export const isGone = ({ guest, online }: Pick<Member, 'guest' | 'online'>): boolean => guest && !online;

/** The room that is shown, unless there is none yet. */
export const activeRoom = (chat: ChatStage): OpenRoom | undefined =>
  chat.active === undefined ? undefined : chat.open.get(chat.active);

/** The chat with one of its open rooms changed; unchanged when the room is not open. */
export function changeRoom(chat: ChatStage, name: string, change: (open: OpenRoom) => OpenRoom): ChatStage {
  const before = chat.open.get(name);
  if (before === undefined) return chat;
  const after = change(before);
  if (after === before) return chat;
  const next = copyChat(chat);
  next.open = new Map(chat.open).set(name, after);
  return next;
}

/** The room as its opening brought it; notes and pending messages of before stay. */
export function openedRoom(before: OpenRoom, opened: OpenedRoom): OpenRoom {
  const { room } = opened;
  const newest = logOf(opened.events, opened.more);
  // What is on the screen stays there: the newest page may be one line, of hundreds who have come in.
  const isContinued = before.glimpse !== undefined && continues(before.log, newest);
  const log = isContinued ? appendEvents(before.log, opened.events) : newest;
  return {
    ...before,
    load: 'ready',
    glimpse: undefined,
    asked: undefined,
    askAgainAt: undefined,
    log: log.lastSeq === 0 ? { ...log, firstSeq: 0, lastSeq: room.lastSeq } : log,
    live: undefined,
    paging: false,
    marker: room.unread > 0 && room.readSeq < room.lastSeq ? room.readSeq : undefined,
    missed: room.unread > MANY_NEW ? room.unread : 0,
    markedSeq: room.readSeq,
    members: sortMembers(opened.members),
    total: opened.total,
    membersAreOld: false,
    online: undefined,
    typing: [],
  };
}

/** Whether the newest page goes on where what was seen ends, or before. */
const continues = (seen: RoomLog, newest: RoomLog): boolean =>
  seen.firstSeq > 0 && newest.firstSeq > 0 && newest.firstSeq <= seen.lastSeq + 1 && newest.lastSeq >= seen.lastSeq;

/** The room after live events of it, ascending. `readable`: whether its person sees those of others as they come. */
export function withEvents(open: OpenRoom, events: readonly RoomEvent[], ownId: string, readable: boolean): OpenRoom {
  const before = newestOf(open);
  const log = appendEvents(before, events);
  if (log === before) return open;
  let next = copyOpenRoom(open);
  if (open.live === undefined) next.log = log;
  else {
    next.live = log;
    next.log = changeEvents(open.log, events);
  }
  for (const event of events) {
    if (event.seq <= before.lastSeq) continue;
    switch (event.type) {
      case 'message': {
        const isSeen = readable || event.from.id === ownId;
        if (!isSeen && next.marker === undefined) next.marker = event.seq - 1;
        if (next.typing.some(({ id }) => id === event.from.id)) {
          next.typing = next.typing.filter(({ id }) => id !== event.from.id);
        }
        break;
      }
      case 'member.joined':
        next = withMember(next, { ...event.from, guest: false, online: true }, true);
        break;
      case 'member.left':
        next = withoutMember(next, event.from.id);
        break;
      default:
      // The log has folded it.
    }
  }
  return next;
}

/** The room after a hint about who is there, and what they are called. */
export function withPresence(
  open: OpenRoom,
  hint: Extract<Hint, { type: 'presence' }>,
  ownId: string,
  now: number,
): OpenRoom {
  let next = copyOpenRoom(open);
  if (hint.online !== undefined) next.online = hint.online;
  for (const user of hint.users ?? []) {
    const { id, nick, online } = user;
    const known = next.members.find((member) => member.id === id);
    // The lobby has those who are online, and no members besides.
    if (!online && hint.room === LOBBY) {
      if (known !== undefined) next = withoutMember(next, id);
      continue;
    }
    // What was told is the same object for all clients of a process: a room's people are kept once.
    const member = saysAll(user) ? user : { id, nick, guest: known?.guest ?? false, online };
    next = withMember(next, member, known === undefined);
    // One's own is told to whoever asked for it.
    if (known === undefined || known.nick === nick || id === ownId) continue;
    next.notes = notesWithRename(next, { id, from: known.nick, to: nick, at: now });
  }
  return next;
}

const saysAll = (user: Pick<Member, 'guest'> | { guest?: boolean | undefined }): user is Pick<Member, 'guest'> =>
  user.guest !== undefined;

/** The room with its members as the server has just told them. */
export const withMembers = (open: OpenRoom, members: readonly Member[], total: number): OpenRoom => ({
  ...open,
  members: sortMembers(members),
  total,
  membersAreOld: false,
});

/** The room with one of its members under another nick. */
export const withNick = (open: OpenRoom, { id, nick }: { id: string; nick: string }): OpenRoom => ({
  ...open,
  members: sortMembers(open.members.map((member) => (member.id === id ? { ...member, nick } : member))),
});

export function withTyping(open: OpenRoom, user: { id: string; nick: string }, now: number): OpenRoom {
  const others = open.typing.filter(({ id }) => id !== user.id);
  const next = copyOpenRoom(open);
  next.typing = [...others, { id: user.id, nick: user.nick, until: now + TYPING_MS }];
  return next;
}

/** Without those who stopped typing. The same object when nobody did. */
export function withoutOldTyping(open: OpenRoom, now: number): OpenRoom {
  if (open.typing.length === 0) return open;
  const typing = open.typing.filter(({ until }) => until > now);
  if (typing.length === open.typing.length) return open;
  const next = copyOpenRoom(open);
  next.typing = typing;
  return next;
}

/** The room with what is told of one's own messages on their way. */
export function withPending(open: OpenRoom, reports: readonly PendingReport[], now: number): OpenRoom {
  const pending = reports.map((report): PendingLine => {
    const known = open.pending.find(({ cid }) => cid === report.cid);
    return { ...report, since: known?.since ?? now, late: known?.late ?? false };
  });
  return { ...open, pending };
}

/** When the next message on its way counts as late, if any does. */
export const lateAt = ({ pending }: OpenRoom): readonly number[] =>
  pending.filter(({ state, late }) => state === 'sending' && !late).map(({ since }) => since + LATE_MS);

/** Marks what takes long. The same object when nothing does. */
export function withLatePending(open: OpenRoom, now: number): OpenRoom {
  if (!lateAt(open).some((at) => at <= now)) return open;
  return {
    ...open,
    pending: open.pending.map((line) => ({ ...line, late: line.late || line.since + LATE_MS <= now })),
  };
}

export function withNote(open: OpenRoom, tone: Tone, words: string): OpenRoom {
  return { ...open, notes: notesWith(open, { tone, words }) };
}

const notesWith = (open: OpenRoom, note: Omit<Note, 'id' | 'after'>): readonly Note[] => {
  const id = (open.notes.at(-1)?.id ?? 0) + 1;
  return [...open.notes, { ...note, id, after: newestOf(open).lastSeq }].slice(-MAX_NOTES);
};

/** Another nick is told in the line of the one before, unless something has come between. */
function notesWithRename(open: OpenRoom, rename: Rename): readonly Note[] {
  const last = open.notes.at(-1);
  const isContinued = last?.renames !== undefined && last.after === newestOf(open).lastSeq;
  const renames = withAnother(isContinued ? last.renames : [], rename);
  const words = renameWords(renames);
  if (isContinued) return [...open.notes.slice(0, -1), { ...last, words, renames }];
  return notesWith(open, { tone: 'plain', words, renames });
}

/** Those online first, then by nick. */
export const sortMembers = (members: readonly Member[]): readonly Member[] => members.toSorted(inOrder);

function inOrder(a: Member, b: Member): number {
  return Number(b.online) - Number(a.online) || a.nick.localeCompare(b.nick);
}

/**
 * The members without those offline whose nick someone else has by now: guests leave their nicks behind, and come back as
 * someone new. Those online come first.
 */
export function distinctMembers(members: readonly Member[]): readonly Member[] {
  const nicks = new Set<string>();
  return members.filter(({ nick, online }) => {
    const key = foldName(nick);
    const isFirst = !nicks.has(key);
    nicks.add(key);
    return online || isFirst;
  });
}

/** How many members a list of them comes to: those listed of the known ones, and those whom the server has not told yet. */
export const listTotal = (listed: readonly unknown[], known: readonly Member[], total: number): number =>
  listed.length + Math.max(0, total - known.length);

/** The members with whoever the room is shared with, also where they are not told among them. */
function withOther(members: readonly Member[], room: Pick<Room, 'with'> | undefined): readonly Member[] {
  const other = room?.with;
  if (other === undefined || members.some(({ id }) => id === other.id)) return members;
  return [...members, { ...other, guest: false, online: false }];
}

/**
 * Those members that a pane of this height has lines for, under its heading and, if need be, above "n more". Guests who
 * have left are not waited for, but in a conversation between two: there one sees that nobody is there.
 */
export function shownMembers(
  members: readonly Member[],
  height: number,
  room?: Pick<Room, 'kind' | 'with'>,
): readonly Member[] {
  const isDirect = room?.kind === 'direct';
  const all = distinctMembers(isDirect ? withOther(members, room) : members);
  const distinct = isDirect ? all : all.filter((member) => !isGone(member));
  return distinct.length > height - 1 ? distinct.slice(0, Math.max(0, height - 2)) : distinct;
}

function withMember(open: OpenRoom, member: Member, isNew: boolean): ReturnType<typeof copyOpenRoom> {
  const members = open.members.filter(({ id }) => id !== member.id);
  // Into its place among the others, who are in order: sorting hundreds for one who comes costs a thousand comparisons.
  let low = 0;
  for (let high = members.length; low < high;) {
    const middle = (low + high) >>> 1;
    const other = members[middle];
    if (other !== undefined && inOrder(other, member) <= 0) low = middle + 1;
    else high = middle;
  }
  members.splice(low, 0, member);
  const next = copyOpenRoom(open);
  next.members = members;
  next.total = Math.max(open.total + (isNew ? 1 : 0), members.length);
  return next;
}

function withoutMember(open: OpenRoom, id: string): ReturnType<typeof copyOpenRoom> {
  const next = copyOpenRoom(open);
  next.members = open.members.filter((member) => member.id !== id);
  next.total = Math.max(next.members.length, open.total - 1);
  return next;
}
