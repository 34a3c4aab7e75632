/** What of a chat is worth keeping when its screen goes: the room, the place in it, what was being written; and for whom. */
import type { You } from '@parley/protocol';
import { leaveRecall, withAheadWritten } from './room-drafts.ts';
import { isAskedPlace } from './room-list.ts';
import type { ChatStage, Keepsake } from './state.ts';

export const keepsakeOf = (chat: ChatStage): Keepsake => ({
  of: chat.you,
  room: isAskedPlace(chat.active ?? '') ? chat.previous : chat.active,
  drafts: leaveRecall(withAheadWritten(chat)).drafts,
  anchor: chat.viewport.anchor,
});

/** What was kept, for the one it is of. Who is no longer let in may not be who comes in next at the same terminal. */
export const keptFor = (you: You, kept: Keepsake | undefined): Keepsake | undefined =>
  kept?.of.id === '' || kept?.of.id === you.id ? kept : undefined;
