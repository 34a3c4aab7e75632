/**
 * Which of one's own messages is changed: the last one in the room that is shown, or the one that was brought back to the
 * composer, whatever came after it. Knows nothing of how that is written.
 */
import type { MessageEvent } from '@parley/protocol';
import type { Draft } from './draft.ts';
import { activeRoom, newestOf } from './open-room.ts';
import type { ChatStage } from './state.ts';
import { type Step, step, withToast } from './step.ts';

/** A message to be changed, or words for why there is none. */
type Found = { readonly room: string; readonly seq: number; readonly text: string } | { readonly words: string };

/** Deletes one's last message: a second time, the one before it. */
export function deleteLast(chat: ChatStage, now: number): Step {
  const last = lastOwn(chat);
  if ('words' in last) return step(withToast(chat, 'bad', last.words, now));
  return step(chat, { do: 'delete-message', room: last.room, seq: last.seq });
}

/** What a draft is another text for: the message that it was begun with, or one's last one. */
export function editedBy(chat: ChatStage, { edits }: Draft): Found {
  const open = activeRoom(chat);
  if (open?.load !== 'ready' || edits === undefined) return lastOwn(chat);
  const shown = newestOf(open).events.find(({ seq }) => seq === edits);
  if (shown?.type === 'message' && shown.deleted === true) return { words: 'This message was deleted meanwhile.' };
  return { room: open.room, seq: edits, text: shown?.type === 'message' ? shown.text : '' };
}

/** One's last message, where it is among the newest of the room. */
function lastOwn(chat: ChatStage): Found {
  const open = activeRoom(chat);
  if (open?.load !== 'ready') return { words: 'The room is still opening: try again in a moment.' };
  // The last one is none that can be changed, and the one before it is not meant.
  const pending = open.pending.at(-1);
  if (pending?.state === 'failed') return { words: 'Your last message was not sent: /discard drops it.' };
  if (pending !== undefined) return { words: 'Your last message is still on its way: try again in a moment.' };
  const last = newestOf(open).events.findLast(
    (event): event is MessageEvent =>
      event.type === 'message' && event.from.id === chat.you.id && event.deleted !== true,
  );
  if (last === undefined) return { words: 'None of the newest messages here is yours.' };
  return { room: open.room, seq: last.seq, text: last.text };
}
