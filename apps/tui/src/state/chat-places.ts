/** Where the panes of a chat are: its layout for the draft and the words that it has to show. */
import { type ChatLayout, composerBox, layoutChat, mainCols } from '../layout/chat-layout.ts';
import type { Size } from '../layout/geometry.ts';
import { wrapWords } from '../layout/wrap-words.ts';
import { currentDraft } from './composer.ts';
import { draftRows } from './draft.ts';
import type { ChatStage, Toast } from './state.ts';

/** Where the panes are for this chat. */
export const layoutOf = (chat: ChatStage, size: Size): ChatLayout =>
  layoutChat(
    size,
    draftRows(currentDraft(chat), composerBox(size)),
    chat.toast === undefined || chat.completion !== undefined ? 1 : toastLines(chat.toast, mainCols(size)).length,
  );

/** A toast's words in lines, with a column free at either side. */
export const toastLines = (toast: Toast, cols: number): readonly string[] =>
  wrapWords(toast.words, Math.max(1, cols - 2));
