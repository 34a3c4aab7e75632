/** Where the panes of a chat are: its layout for the draft and the words that it has to show. */
import { type ChatLayout, composerBox, layoutChat, mainCols } from '../layout/chat-layout.ts';
import type { Size } from '../layout/geometry.ts';
import { wrapWords } from '../layout/wrap-words.ts';
import { currentDraft } from './room-drafts.ts';
import { draftRows } from './draft.ts';
import { activeRoom, isShown, listedRoom, onlineCount } from './open-room.ts';
import type { ChatStage, Toast } from './state.ts';

/** Where the panes are for this chat. */
export const layoutOf = (chat: ChatStage, size: Size): ChatLayout =>
  layoutChat(
    size,
    draftRows(currentDraft(chat), composerBox(size)),
    chat.toast === undefined || chat.completion !== undefined ? 1 : toastLines(chat.toast, mainCols(size)).length,
  );

/** What stands at the right of the header, where a tap opens the members; `''` where nothing does. */
export function onlineWords(chat: ChatStage): string {
  const open = activeRoom(chat);
  if (open === undefined || !isShown(open)) return '';
  return listedRoom(chat)?.kind === 'direct' ? '' : `${onlineCount(open)} online `;
}

/** At the right of an empty composer that is wide enough, where a tap opens the help. */
export const HELP_WORDS = '? help ';

export const showsHelpWords = (chat: ChatStage, width: number): boolean =>
  currentDraft(chat).text === '' && width >= 40;

/** A toast's words in lines, with a column free at either side. */
export const toastLines = (toast: Toast, cols: number): readonly string[] =>
  wrapWords(toast.words, Math.max(1, cols - 2));
