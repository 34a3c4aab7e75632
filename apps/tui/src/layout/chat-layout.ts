/**
 * Which panes the chat shows at a size, and where. Pure arithmetic: it knows no content but the composer's height.
 *
 *   rooms │ header            │ members        wide: all three columns
 *         │ messages          │                below 70 columns the members fold away,
 *         │ notice            │                below 50 the rooms too (60 to 50: a narrow list)
 *         │ composer          │
 *   status ───────────────────────────
 */
import { clamp, type Rect, type Size } from './geometry.ts';

export interface ChatLayout {
  readonly rooms: Rect | undefined;
  readonly members: Rect | undefined;
  readonly header: Rect | undefined;
  readonly messages: Rect;
  /** Between messages and composer: who types, what is new below, words about what was done (else in the status). */
  readonly notice: Rect | undefined;
  readonly composer: Rect;
  readonly status: Rect | undefined;
}

/** The prompt's width before the first row of the composer, and the indent of its other rows. */
export const PROMPT_COLS = 3;

/** Layouts are few and asked for with each change: remembered for all clients of the process. */
const layouts = new Map<string, ChatLayout>();
const MAX_LAYOUTS = 256;

/**
 * Places the panes. `draftRows` is how many rows the draft takes in `composerBox(size)`, `noticeRows` how many the words
 * above it take at `mainCols(size)` columns. Mostly the same object for the same numbers.
 */
export function layoutChat(size: Size, draftRows: number, noticeRows = 1): ChatLayout {
  const key = `${size.cols} ${size.rows} ${draftRows} ${noticeRows}`;
  let layout = layouts.get(key);
  if (layout === undefined) {
    if (layouts.size >= MAX_LAYOUTS) layouts.clear();
    layout = makeLayout(size, draftRows, noticeRows);
    layouts.set(key, layout);
  }
  return layout;
}

function makeLayout(size: Size, draftRows: number, noticeRows: number): ChatLayout {
  const cols = Math.max(1, size.cols);
  const rows = Math.max(1, size.rows);
  const { left, right } = sideWidths(cols);
  const status = rows >= 4 ? 1 : 0;
  const header = rows >= 7 ? 1 : 0;
  const composer = clamp(draftRows, 1, composerBox(size).rows);
  const notice = rows >= 6 ? clamp(noticeRows, 1, Math.max(1, Math.floor((rows - composer) / 4))) : 0;
  const main = { x: left, width: Math.max(1, cols - left - right) };
  const bodyRows = rows - status;
  const messageRows = Math.max(0, bodyRows - header - notice - composer);
  return {
    rooms: left === 0 ? undefined : { x: 0, y: 0, width: left, height: bodyRows },
    members: right === 0 ? undefined : { x: cols - right, y: 0, width: right, height: bodyRows },
    header: header === 0 ? undefined : { ...main, y: 0, height: 1 },
    messages: { ...main, y: header, height: messageRows },
    notice: notice === 0 ? undefined : { ...main, y: header + messageRows, height: notice },
    composer: { ...main, y: header + messageRows + notice, height: composer },
    status: status === 0 ? undefined : { x: 0, y: rows - 1, width: cols, height: 1 },
  };
}

/** The box that the composer's text is written in: the columns it wraps at, and the most rows it takes. */
export function composerBox(size: Size): { readonly cols: number; readonly rows: number } {
  const { left, right } = sideWidths(size.cols);
  // One column stays free at the right for the cursor after a full row.
  return {
    cols: Math.max(1, size.cols - left - right - PROMPT_COLS - 1),
    rows: clamp(Math.floor(size.rows / 3), 1, 12),
  };
}

/** The columns between the side panes. */
export function mainCols(size: Size): number {
  const { left, right } = sideWidths(size.cols);
  return Math.max(1, size.cols - left - right);
}

/** Widths of the side panes, their separating line included. */
function sideWidths(cols: number): { left: number; right: number } {
  if (cols < 50) return { left: 0, right: 0 };
  if (cols < 60) return { left: 15, right: 0 };
  if (cols < 70) return { left: 18, right: 0 };
  if (cols < 90) return { left: 18, right: 15 };
  if (cols < 110) return { left: 22, right: 18 };
  if (cols < 160) return { left: 26, right: 22 };
  return { left: 30, right: 26 };
}
