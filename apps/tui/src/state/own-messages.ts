/** Changing what one has said last in the room that is shown. */
import { draftOf } from './draft.ts';
import { activeRoom, newestOf } from './open-room.ts';
import { withDraft } from './room-drafts.ts';
import type { ChatStage, OpenRoom } from './state.ts';
import { type Step, step, withToast } from './step.ts';

/** Gives one's last message another text; without one, it comes back to the composer, to be written anew. */
export function editLast(chat: ChatStage, text: string | undefined, now: number): Step {
  const last = findLast(chat);
  if ('words' in last) return step(withToast(chat, 'bad', last.words, now));
  const { room, seq } = last;
  if (text !== undefined) return step(chat, { do: 'edit-message', room, seq, text });
  return step(withToast(withDraft(chat, draftOf(`/edit ${last.text}`)), 'plain', 'Enter saves what you change.', now));
}

/** Deletes one's last message: a second time, the one before it. */
export function deleteLast(chat: ChatStage, now: number): Step {
  const last = findLast(chat);
  if ('words' in last) return step(withToast(chat, 'bad', last.words, now));
  return step(chat, { do: 'delete-message', room: last.room, seq: last.seq });
}

type Last = { readonly room: string; readonly seq: number; readonly text: string } | { readonly words: string };

/** One's last message, where it is among the newest of the room; else words for why there is none to be changed. */
function findLast(chat: ChatStage): Last {
  const open = activeRoom(chat);
  if (open?.load !== 'ready') return { words: 'The room is still opening: try again in a moment.' };
  // The last one is none that can be changed, and the one before it is not meant.
  const pending = open.pending.at(-1);
  if (pending?.state === 'failed') return { words: 'Your last message was not sent: /discard drops it.' };
  if (pending !== undefined) return { words: 'Your last message is still on its way: try again in a moment.' };
  return lastOf(open, chat.you.id) ?? { words: 'None of the newest messages here is yours.' };
}

function lastOf(open: OpenRoom, id: string): Last | undefined {
  const found = newestOf(open).events.findLast(
    (event) => event.type === 'message' && event.from.id === id && event.deleted !== true,
  );
  return found?.type === 'message' ? { room: open.room, seq: found.seq, text: found.text } : undefined;
}
