/**
 * The composer of the chat: its draft, what Enter makes of it, completion, and what was entered before. A draft goes away
 * only when it was sent, or its person deleted it.
 */
import { utf8Bytes } from '@parley/protocol';
import type { KeyInput } from '@parley/terminal';
import { completableAt, completeWord, type Names } from '../commands/complete-word.ts';
import { type EntrySource, parseEntry } from '../commands/parse-entry.ts';
import { composerBox } from '../layout/chat-layout.ts';
import type { Size } from '../layout/geometry.ts';
import { type Draft, draftFor, draftOf, draftPlace, editDraft, EMPTY_DRAFT, rewriteDraft } from './draft.ts';
import type { Effect } from './effects.ts';
import { MAX_PARTS, messageParts, sendable } from './message-parts.ts';
import { activeRoom, changeRoom } from './open-room.ts';
import { editedBy } from './own-messages.ts';
import { currentDraft, endRecall, recallable, withDraft, withEntered } from './room-drafts.ts';
import { labelOf } from './room-list.ts';
import { runCommand } from './run-command.ts';
import type { ChatStage, ListPopupRow } from './state.ts';
import { type Step, step, withToast } from './step.ts';
import { unreachable } from './unreachable.ts';

const TYPING_INTERVAL_MS = 3000;
/** How long a list of rooms is good enough to complete from. */
const LIST_MS = 10_000;

/** The names that Tab completes in the composer: those who spoke last come first, those who are gone come last. */
function namesFor(chat: ChatStage): Names {
  const open = activeRoom(chat);
  const present = new Map(open?.members.map(({ id, nick }) => [id, nick] as const));
  // Of a large room not all are known.
  const isWhole = present.size >= (open?.total ?? 0);
  const nicks = new Set<string>();
  const gone = new Set<string>();
  for (const event of open?.log.events.toReversed() ?? []) {
    if (event.type !== 'message') continue;
    const { id, nick } = event.from;
    // Under the nick of today.
    const now = present.get(id) ?? (isWhole ? undefined : nick);
    if (now === undefined) gone.add(nick);
    else nicks.add(now);
  }
  for (const nick of present.values()) nicks.add(nick);
  for (const room of chat.rooms) if (room.kind === 'direct') nicks.add(labelOf(room));
  for (const nick of gone) nicks.add(nick);
  nicks.delete(chat.you.nick);
  const rooms = chat.rooms.filter(({ kind }) => kind !== 'direct').map(({ room }) => room);
  // One goes to one's own by other ways.
  const others = chat.listed?.rooms.filter((name) => !rooms.includes(name)) ?? [];
  return { nicks: [...nicks], rooms, joinable: [...others, ...rooms] };
}

/** The draft became another one by its person's own doing: others may be told that they type. */
export function typed(chat: ChatStage, draft: Draft, now: number): Step<ChatStage> {
  const changed = draft.text !== currentDraft(chat).text;
  const next = withDraft(changed ? { ...endRecall(chat), toast: undefined, entersWhenOpen: false } : chat, draft);
  const tells = changed && draft.text !== '' && !/^[/:]/u.test(draft.text) && now - chat.typedAt >= TYPING_INTERVAL_MS;
  const open = activeRoom(chat);
  if (!tells || open?.load !== 'ready' || chat.connection.name !== 'online') return step(next);
  return step({ ...next, typedAt: now }, { do: 'say-typing', room: open.room });
}

/** Enter: a message, a command, or words about what is wrong with it; what can't go stays in the composer. */
export function entered(chat: ChatStage, now: number, from: EntrySource = 'composer'): Step {
  const draft = currentDraft(chat);
  const entry = parseEntry(sendable(draft.text), from);
  const open = activeRoom(chat);
  switch (entry.kind) {
    case 'nothing':
      return step(chat, { do: 'scroll', move: { to: 'last' } });
    case 'problem':
      return step(withToast(chat, 'bad', entry.words, now));
    case 'command':
      if (entry.command.do === 'edit') return edited(chat, entry.command.text, now, from);
      return runCommand(
        remember(withDraft(chat, EMPTY_DRAFT), entry.secret ? undefined : draft.text),
        entry.command,
        now,
      );
    case 'message': {
      if (open?.load !== 'ready') {
        const waits = withToast(chat, 'plain', 'The room is still opening: this is sent then.', now);
        return step({ ...waits, entersWhenOpen: true });
      }
      const parts = messageParts(entry.text, chat.limits.textBytes);
      if (parts.length > 1 && (chat.inParts !== draft.text || parts.length > MAX_PARTS)) {
        return step(tooLong(chat, entry.text, from === 'composer' ? parts.length : undefined, now));
      }
      const sent = { ...remember(withDraft(chat, EMPTY_DRAFT), draft.text), toast: undefined, typedAt: 0 };
      // Who answers has seen what was new.
      const seen = changeRoom(sent, open.room, (room) => ({ ...room, marker: undefined, missed: 0 }));
      const sends = parts.map((text): Effect => ({ do: 'send', room: open.room, text }));
      return step(seen, ...sends, { do: 'scroll', move: { to: 'last' } });
    }
    default:
      return unreachable(entry);
  }
}

/** Another text for one's own message; without one, what it says comes back to the composer. What can't be done stays there. */
function edited(chat: ChatStage, text: string | undefined, now: number, from: EntrySource): Step {
  const draft = currentDraft(chat);
  const no = (words: string): Step => step(withToast(chat, 'bad', words, now));
  const found = editedBy(chat, draft);
  if ('words' in found) return no(found.words);
  if (text === undefined) {
    // Lines have no composer.
    if (from !== 'composer') return no('What should it say? /edit <text>');
    const begun = withDraft(remember(chat, draft.text), draftFor(found.seq, `/edit ${found.text}`));
    return step(withToast(begun, 'plain', 'Enter saves what you change.', now));
  }
  if (utf8Bytes(text) > chat.limits.textBytes) return step(tooLong(chat, text, undefined, now));
  if (chat.connection.name !== 'online') return no('There is no connection to the server.');
  const saved = { ...remember(withDraft(chat, EMPTY_DRAFT), draft.text), toast: undefined };
  return step(saved, { do: 'edit-message', room: found.room, seq: found.seq, text });
}

/** Says so; where there is a composer that keeps the text, also in how many parts it may be sent. */
function tooLong(chat: ChatStage, text: string, parts: number | undefined, now: number): ChatStage {
  const over = utf8Bytes(text) - chat.limits.textBytes;
  const bytes = `${over} ${over === 1 ? 'byte' : 'bytes'} too long for a message`;
  if (parts === undefined)
    return withToast(chat, 'bad', `This is ${bytes}, which takes ${chat.limits.textBytes}.`, now);
  if (parts > MAX_PARTS) {
    return withToast(chat, 'bad', `Too long even for ${MAX_PARTS} messages. Alt+R deletes all of it.`, now);
  }
  const offering = { ...chat, inParts: currentDraft(chat).text };
  return withToast(offering, 'bad', `${bytes}. Enter again sends it in ${parts}.`, now);
}

/** The draft that a recall had interrupted is the next one that Up finds. */
const remember = (chat: ChatStage, text: string | undefined): ChatStage =>
  endRecall(text === undefined ? chat : withEntered(chat, text));

/** Up on the first row and Down on the last walk through what was entered; elsewhere they move the cursor. */
export function recall(chat: ChatStage, by: -1 | 1, size: Size): Step {
  const draft = currentDraft(chat);
  const box = composerBox(size);
  const place = draftPlace(draft, box);
  const atEdge = by === -1 ? place.row === 0 : place.row === place.rows - 1;
  if (!atEdge) {
    const chord = by === -1 ? 'up' : 'down';
    const key: KeyInput = { type: 'key', name: chord, chord, ctrl: false, alt: false, shift: false };
    return step(withDraft(chat, editDraft(draft, key, box) ?? draft));
  }
  const lines = recallable(chat);
  const index = (chat.recall?.index ?? lines.length) + by;
  const own = chat.recall?.draft ?? draft;
  if (index < 0 || index > lines.length) return step(chat);
  if (index === lines.length) return step({ ...withDraft(chat, own), recall: undefined });
  return step({ ...withDraft(chat, draftOf(lines[index] ?? '')), recall: { index, draft: own } });
}

export function complete(chat: ChatStage, by: 1 | -1, now: number): Step {
  const running = chat.completion;
  if (running !== undefined) {
    const count = running.candidates.length;
    const index = (running.index + by + count) % count;
    return step(withCandidate(chat, { ...running, index }));
  }
  const draft = currentDraft(chat);
  if (draft.text === '') return step({ ...chat, escaped: false });
  if (needsList(chat, draft, now)) {
    const asks = chat.completesWhenListed !== draft;
    const waiting = { ...chat, escaped: false, completesWhenListed: draft };
    return asks ? step(waiting, { do: 'list', of: 'rooms' }) : step(waiting);
  }
  const found = completeWord(draft.text, draft.cursor, namesFor(chat));
  if (found === undefined) return step(withToast({ ...chat, escaped: false }, 'plain', 'Nothing completes this.', now));
  const { start, candidates } = found;
  const next = withCandidate(chat, { start, candidates, index: by === 1 ? 0 : candidates.length - 1, draft });
  return step(candidates.length === 1 ? { ...next, completion: undefined } : next);
}

/** Whether what is to be completed is a room that one may not be in, and what is known of those is old. */
function needsList(chat: ChatStage, { text, cursor }: Draft, now: number): boolean {
  if (chat.connection.name !== 'online' || completableAt(text, cursor) !== 'joinable') return false;
  return chat.listed === undefined || now - chat.listed.at > LIST_MS;
}

/** The server has listed the rooms, or (undefined) could not: Tab, where it waits for that, does what it can. */
export function roomsListed(chat: ChatStage, rows: readonly ListPopupRow[] | undefined, now: number): Step {
  const names = rows?.flatMap(({ label, opens }) => ('room' in opens && !label.startsWith('@') ? [opens.room] : []));
  const listed = { rooms: names ?? chat.listed?.rooms ?? [], at: now };
  const waiting = chat.completesWhenListed;
  const next = { ...chat, listed, completesWhenListed: undefined };
  return waiting === undefined || waiting !== currentDraft(chat) ? step(next) : complete(next, 1, now);
}

function withCandidate(chat: ChatStage, completion: NonNullable<ChatStage['completion']>): ChatStage {
  const { start, draft, candidates, index } = completion;
  const before = draft.text.slice(0, start) + (candidates[index] ?? '');
  // The space that ends a candidate is not doubled before one that is there.
  const after = draft.text.slice(draft.cursor).replace(/^ /u, '');
  const completed = rewriteDraft(currentDraft(chat), before + after, before.length);
  return { ...withDraft(chat, completed), completion, escaped: false };
}
