/**
 * The drafts of the rooms, also where something else takes their place: a line that is recalled, a room that turns out to be
 * another one, or can't be opened. None of them is lost.
 */
import { isRoomName } from '@parley/protocol';
import { type Draft, draftOf, forgetEditing, insertText } from './draft.ts';
import type { ChatStage } from './state.ts';

const MAX_ENTERED = 100;
/** Drafts of a session that can be undone, the newest ones. */
const MAX_UNDOABLE = 4;

/** What is written in the composer. */
export const currentDraft = (chat: ChatStage): Draft => chat.drafts.get(chat.active ?? '') ?? chat.blank;

/** The chat with this draft in the composer. */
export function withDraft(chat: ChatStage, draft: Draft): ChatStage {
  if (chat.active === undefined) return chat;
  const drafts = new Map(chat.drafts);
  // What is changed goes to the end.
  drafts.delete(chat.active);
  if (draft.text !== '') drafts.set(chat.active, draft);
  let older = drafts.size - MAX_UNDOABLE;
  if (older > 0) for (const each of drafts.values()) if (older-- > 0) forgetEditing(each);
  // An Enter that waits was for what stood there.
  const isOther = draft.text !== currentDraft(chat).text;
  const next = { ...chat, drafts };
  return isOther ? { ...next, entersWhenOpen: false, inParts: undefined } : next;
}

/** What Up finds in the active room, oldest first. */
export const recallable = ({ entered, active }: ChatStage): readonly string[] =>
  entered.filter(({ room }) => room === active).map(({ text }) => text);

/** What can be recalled in the active room, with one more line. */
export function withEntered(chat: ChatStage, text: string): ChatStage {
  const { active: room } = chat;
  if (room === undefined || recallable(chat).at(-1) === text) return chat;
  return { ...chat, entered: [...chat.entered, { room, text }].slice(-MAX_ENTERED) };
}

/** The recalled line is its person's draft from now on; the one of before it can be recalled itself. */
export function endRecall(chat: ChatStage): ChatStage {
  if (chat.recall === undefined) return chat;
  const { text } = chat.recall.draft;
  return { ...(text === '' ? chat : withEntered(chat, text)), recall: undefined };
}

/** The active room is left while a line is recalled in it: its draft is the one of before again. */
export function leaveRecall(chat: ChatStage): ChatStage {
  const { active, recall } = chat;
  // One that went away took its composer along.
  if (active === undefined || recall === undefined || recall.draft.text === '') return endRecall(chat);
  return { ...chat, drafts: new Map(chat.drafts).set(active, recall.draft), recall: undefined };
}

/**
 * What was written for a room is for the one that it turned out to be. Where something was written there before, both are
 * one draft, as much of it as fits, and nobody has pressed Enter for that.
 */
export function withDraftMoved(chat: ChatStage, from: string, to: string): ChatStage {
  const draft = chat.drafts.get(from);
  if (draft === undefined || from === to) return chat;
  const before = chat.drafts.get(to);
  const whole = before === undefined ? draft : insertText(draftOf(before.text), `\n${draft.text}`);
  const drafts = new Map(chat.drafts).set(to, whole);
  drafts.delete(from);
  const isJoined = before !== undefined && chat.active === from;
  return { ...chat, drafts, entersWhenOpen: isJoined ? false : chat.entersWhenOpen };
}

/** What was typed ahead and is still to be done, as a part of the draft: where it was meant for is not where it would be done. */
export function withAheadWritten(chat: ChatStage): ChatStage {
  const { active, ahead } = chat;
  if (ahead.length === 0 || active === undefined) return chat;
  const texts = ahead.map((input) => (input.type !== 'key' ? input.text : input.chord === 'enter' ? '\n' : ''));
  // Enter was pressed for what stands there already.
  const written = chat.entersWhenOpen ? ['\n', ...texts] : texts;
  const draft = insertText(chat.drafts.get(active) ?? chat.blank, written.join(''));
  return { ...chat, ahead: [], entersWhenOpen: false, drafts: new Map(chat.drafts).set(active, draft) };
}

/** What was written while a room was opening that did not open comes along, unless something is written there. */
export const draftsAfter = (chat: ChatStage, refused: string, to: string): ChatStage['drafts'] =>
  chat.drafts.has(to) ? chat.drafts : withDraftMoved(chat, refused, to).drafts;

/** What is worth finding again: the draft of the room that is shown, and those of others, the newest first. */
export function draftsToSave(chat: ChatStage): { draft?: string; drafts?: { room: string; text: string }[] } {
  const { active, drafts } = leaveRecall(chat);
  const draft = drafts.get(active ?? '');
  const others = [...drafts]
    // The server takes none of a room that can't be, such as a place that is still asked for.
    .filter(([room]) => room !== active && isRoomName(room))
    .map(([room, { text }]) => ({ room, text }))
    .toReversed();
  return {
    ...(draft === undefined || draft.text === '' ? {} : { draft: draft.text }),
    ...(others.length === 0 ? {} : { drafts: others }),
  };
}
