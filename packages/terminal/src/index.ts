/** What blessed lacks: input, width, safe text, an editor, a virtual list, and a painter of cells. Knows no chat. */
export { Canvas } from './canvas.ts';
export { type MonotonicClock, monotonicClock } from './clock.ts';
export { type ColorScheme, readBackground } from './color-scheme.ts';
export { Editor } from './editor.ts';
export type { EditorLayout } from './editor-layout.ts';
export { type InputEvent, keyInput, type KeyInput, type MouseInput } from './input-events.ts';
export { type ListKey, type ListPosition, MessageList } from './message-list.ts';
export { Pane } from './pane.ts';
export { sanitize } from './sanitize.ts';
export { openScreen, TerminalScreen } from './screen.ts';
export type { ScreenInput, ScreenOutput } from './screen-streams.ts';
export { SharedRows } from './shared-rows.ts';
export { type Color, Style, style } from './style.ts';
export { type Run, run, StyledRow, wrapRuns } from './styled-row.ts';
export { clustersOf, clusterWork, onProgress, textWidth, truncate } from './width.ts';
