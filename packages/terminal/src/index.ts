/** What blessed lacks: input, width, safe text, an editor, a virtual list, and a painter of cells. Knows no chat. */
export { Canvas, type Region } from './canvas.ts';
export { CellTables, type CellTableLimits } from './cell-tables.ts';
export { type MonotonicClock, monotonicClock } from './clock.ts';
export { type ColorScheme, readBackground } from './color-scheme.ts';
export { Editor } from './editor.ts';
export type { EditorLayout } from './editor-layout.ts';
export {
  type FocusInput,
  type InputEvent,
  keyInput,
  type KeyInput,
  type MouseAction,
  type MouseInput,
  type PasteInput,
  type ReplyInput,
  type TextInput,
} from './input-events.ts';
export { InputFeed } from './input-feed.ts';
export { InputTokenizer, type Pending, type TokenizerOptions } from './input-tokenizer.ts';
export {
  type ListKey,
  type ListPosition,
  type ListRow,
  MessageList,
  type MessageListOptions,
  type Older,
} from './message-list.ts';
export { Pane, type PaneOptions } from './pane.ts';
export { sanitize, type SanitizeOptions } from './sanitize.ts';
export { openScreen, type ScreenOptions, type ScreenSize, type ScreenState, TerminalScreen } from './screen.ts';
export type { ScreenInput, ScreenOutput } from './screen-streams.ts';
export { SharedRows, type SharedRowsOptions } from './shared-rows.ts';
export { type Color, Style, style, type StyleOptions } from './style.ts';
export { row, type Run, run, StyledRow, type WrapOptions, wrapRuns } from './styled-row.ts';
export type { CursorShape } from './terminal-modes.ts';
export { type Cluster, clustersOf, textWidth, truncate } from './width.ts';
export { default as Box, type BoxOptions } from 'blessed/lib/widgets/box.js';
