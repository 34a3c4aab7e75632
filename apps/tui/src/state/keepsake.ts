/** What of a chat is worth keeping when its screen goes: the room, the place in it, what was being written. */
import { leaveRecall } from './room-drafts.ts';
import { isAskedPlace } from './room-list.ts';
import type { ChatStage, Keepsake } from './state.ts';

export const keepsakeOf = (chat: ChatStage): Keepsake => ({
  room: isAskedPlace(chat.active ?? '') ? chat.previous : chat.active,
  drafts: leaveRecall(chat).drafts,
  anchor: chat.viewport.anchor,
});
