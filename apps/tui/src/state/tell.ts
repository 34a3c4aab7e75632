/** Words for this person alone, where they are seen. */
import { activeRoom, changeRoom, isShown, withNote } from './open-room.ts';
import type { ChatStage, Tone } from './state.ts';
import { withToast } from './step.ts';

/** Words for this person alone, in the room that is shown; above the composer where its messages are not seen to their end. */
export function tell(chat: ChatStage, tone: Tone, words: string, now: number): ChatStage {
  const open = activeRoom(chat);
  const noted = chat.active === undefined ? chat : changeRoom(chat, chat.active, (room) => withNote(room, tone, words));
  const isSeen = open !== undefined && isShown(open) && chat.viewport.atBottom;
  return isSeen ? noted : withToast(noted, tone, words, now);
}
