/** What of a chat is worth keeping when its screen goes: the room, the place in it, what was being written. */
import type { ChatStage, Keepsake } from './state.ts';

export const keepsakeOf = (chat: ChatStage): Keepsake => ({
  room: chat.active,
  drafts: chat.drafts,
  anchor: chat.viewport.anchor,
});
