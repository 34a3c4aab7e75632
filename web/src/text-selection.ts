/**
 * Selecting with the mouse on a screen whose program wants the mouse too: a click is the program's, a drag selects. A drag
 * that begins in the messages' pane stays in it, and one that begins in their words stays in these; one that begins elsewhere
 * stays in its column of panes. Where it began moves with the messages. What is selected is copied when the button is let go.
 *
 *   idle ──press──▶ pressed ──moved──▶ dragging ──let go──▶ selected ──press, typing, another text there──▶ idle
 *                      └──let go: the click is handed to the program──▶ idle
 *   a second press in the same place selects a word, a third a line
 */
import type { Terminal } from '@xterm/xterm';
import { type Place, rowsMovedUp, type ScreenLine, type TextArea, textBetween } from './screen-text.ts';

export interface TextSelectionOptions {
  readonly terminal: Terminal;
  readonly container: HTMLElement;
  /** The messages' pane, or undefined while the whole screen is one area. */
  readonly pane: () => TextArea | undefined;
  readonly linesOf: (area: TextArea) => readonly ScreenLine[];
  readonly onSelect: (text: string) => void;
}

interface Selected {
  readonly area: TextArea;
  readonly from: Place;
  readonly to: Place;
}

/** `anchor`: where it began, on the screen that has these rows in the area. */
interface Drag {
  readonly area: TextArea;
  readonly anchor: Place;
  readonly rows: readonly string[];
}

type State =
  | { name: 'idle' }
  | { name: 'pressed'; press: MouseEvent; drag: Drag }
  | { name: 'dragging'; drag: Drag; pointer: Place }
  | { name: 'selected'; anchor: Place; selected: Selected; text: string };

/** A hand shakes by less than this. */
const DRAG_PX = 4;
const LEAST_MARGIN = 4;
const WORD = /[\p{L}\p{N}\p{M}_.@#:/~?&=%+-]+/gu;

export class TextSelection {
  readonly #options: TextSelectionOptions;
  readonly #marks = document.createElement('div');
  /** Clicks that are on their way to the program. */
  readonly #replayed = new WeakSet<Event>();
  #state: State = { name: 'idle' };

  constructor(options: TextSelectionOptions) {
    this.#options = options;
    this.#marks.className = 'selection';
    const { container, terminal } = options;
    container.querySelector('.xterm-screen')?.append(this.#marks);
    container.addEventListener('mousedown', (event) => this.#press(event), { capture: true });
    window.addEventListener('mousemove', (event) => this.#move(event), { capture: true });
    window.addEventListener('mouseup', (event) => this.#release(event), { capture: true });
    container.addEventListener('copy', (event) => this.#copy(event), { capture: true });
    terminal.onRender(() => {
      this.#follow();
      this.#recheck();
    });
    terminal.onResize(() => this.clear());
  }

  /** What is selected; empty when nothing is. */
  get text(): string {
    return this.#state.name === 'selected' ? this.#state.text : '';
  }

  clear(): void {
    if (this.#state.name === 'idle') return;
    this.#state = { name: 'idle' };
    this.#draw();
  }

  /** Selects the line at a point of the window, and copies it. */
  selectLine(x: number, y: number): void {
    const at = this.#placeAt(x, y);
    this.#selectPart(at, this.#areaAt(at), (line) => [0, line.text.length]);
  }

  #press(event: MouseEvent): void {
    if (this.#replayed.has(event) || event.button !== 0) return;
    const { terminal } = this.#options;
    event.preventDefault();
    event.stopImmediatePropagation();
    terminal.focus();
    const at = this.#placeAt(event.clientX, event.clientY);
    const state = this.#state;
    if (event.shiftKey && state.name === 'selected') {
      this.#state = {
        name: 'dragging',
        drag: this.#dragFrom(state.anchor, state.selected.area),
        pointer: state.anchor,
      };
      return this.#dragTo(event);
    }
    this.clear();
    const area = this.#areaAt(at);
    if (event.detail === 2) return this.#selectPart(at, area, wordAt);
    if (event.detail > 2) return this.#selectPart(at, area, (line) => [0, line.text.length]);
    const drag = this.#dragFrom(this.#edgeAt(event.clientX, event.clientY), area);
    this.#state = { name: 'pressed', press: event, drag };
  }

  #move(event: MouseEvent): void {
    const state = this.#state;
    if (state.name === 'dragging') {
      event.stopPropagation();
      return this.#dragTo(event);
    }
    if (state.name !== 'pressed') return;
    event.stopPropagation();
    if (Math.hypot(event.clientX - state.press.clientX, event.clientY - state.press.clientY) < DRAG_PX) return;
    this.#state = { name: 'dragging', drag: state.drag, pointer: state.drag.anchor };
    this.#dragTo(event);
  }

  #release(event: MouseEvent): void {
    const state = this.#state;
    if (this.#replayed.has(event) || event.button !== 0) return;
    if (state.name === 'dragging') {
      event.stopPropagation();
      this.#select(between(state.drag, state.pointer), state.drag.anchor);
    } else if (state.name === 'pressed') {
      event.stopPropagation();
      this.#state = { name: 'idle' };
      this.#replay(state.press, 'mousedown');
      this.#replay(event, 'mouseup');
    }
  }

  #replay(original: MouseEvent, type: string): void {
    const { clientX, clientY, screenX, screenY, button, detail, shiftKey, ctrlKey, altKey, metaKey } = original;
    const at = { clientX, clientY, screenX, screenY, button, detail };
    const event = new MouseEvent(type, { bubbles: true, cancelable: true, ...at, shiftKey, ctrlKey, altKey, metaKey });
    this.#replayed.add(event);
    const { terminal } = this.#options;
    (terminal.element?.querySelector('.xterm-screen') ?? terminal.element)?.dispatchEvent(event);
  }

  #dragTo(event: MouseEvent): void {
    const state = this.#state;
    if (state.name !== 'dragging') return;
    this.#state = { ...state, pointer: within(this.#edgeAt(event.clientX, event.clientY), state.drag.area) };
    this.#draw();
  }

  #dragFrom(anchor: Place, area: TextArea): Drag {
    return { area, anchor, rows: this.#rowsOf(area) };
  }

  #rowsOf(area: TextArea): string[] {
    return this.#options.linesOf({ ...area, text: undefined }).map(({ text }) => text);
  }

  /** Messages come while the button is held: the drag began in the text, not in a row of the screen. */
  #follow(): void {
    const state = this.#state;
    if ((state.name !== 'pressed' && state.name !== 'dragging') || state.drag.area.text === undefined) return;
    const { area, anchor, rows: before } = state.drag;
    const rows = this.#rowsOf(area);
    const row = anchor.row - rowsMovedUp(before, rows);
    this.#state = { ...state, drag: { area, anchor: { ...anchor, row }, rows } };
    if (row !== anchor.row) this.#draw();
  }

  #selectPart(at: Place, area: TextArea, part: (line: ScreenLine, offset: number) => readonly [number, number]): void {
    for (const line of this.#options.linesOf(area)) {
      const offset = line.places.findIndex(({ row, column }) => row === at.row && column >= at.column);
      if (offset < 0) continue;
      const [start, end] = part(line, offset);
      const from = line.places[start];
      const last = line.places[end - 1];
      if (from === undefined || last === undefined) return;
      return this.#select({ area, from, to: { row: last.row, column: last.column + 1 } }, from);
    }
  }

  #select(selected: Selected, anchor: Place): void {
    const text = this.#read(selected);
    if (text === '') return this.clear();
    this.#state = { name: 'selected', anchor, selected, text };
    this.#draw();
    this.#options.onSelect(text);
  }

  #read({ area, from, to }: Selected): string {
    const text = this.#options.pane()?.text;
    return textBetween(this.#options.linesOf(area), from, to, area.text === undefined ? undefined : text);
  }

  /** The screen has moved under the marks: they would lie. */
  #recheck(): void {
    const state = this.#state;
    if (state.name === 'selected' && this.#read(state.selected) !== state.text) this.clear();
  }

  #copy(event: ClipboardEvent): void {
    if (this.text === '') return;
    event.clipboardData?.setData('text/plain', this.text);
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  #areaAt({ row, column }: Place): TextArea {
    const { terminal, pane } = this.#options;
    const messages = pane();
    const screen = { left: 0, top: 0, cols: terminal.cols, rows: terminal.rows, text: undefined };
    // The last row is one of its own, over all panes.
    if (messages === undefined || row >= terminal.rows - 1) return screen;
    const { left, top, cols, rows, text } = messages;
    // The rule between them is the side pane's.
    if (column < left) return { ...screen, cols: left - 1 };
    if (column >= left + cols) return { ...screen, left: left + cols + 1, cols: terminal.cols - left - cols - 1 };
    if (row < top || row >= top + rows) return { ...screen, left, cols };
    // Where there is no margin but an indent, nicks stand in it.
    if (text === undefined || column < text || text - left < LEAST_MARGIN) return messages;
    return { left: text, top, cols: cols - (text - left), rows, text, margin: left };
  }

  /** The cell at a point of the window. */
  #placeAt(x: number, y: number): Place {
    const { left, top, cellWidth, cellHeight } = this.#metrics();
    return { row: Math.floor((y - top) / cellHeight), column: Math.floor((x - left) / cellWidth) };
  }

  /** The edge between cells that is next to a point. */
  #edgeAt(x: number, y: number): Place {
    const { left, top, cellWidth, cellHeight } = this.#metrics();
    return { row: Math.floor((y - top) / cellHeight), column: Math.round((x - left) / cellWidth) };
  }

  #metrics(): { left: number; top: number; cellWidth: number; cellHeight: number } {
    const { terminal, container } = this.#options;
    const { left, top, width, height } = (
      container.querySelector('.xterm-screen') ?? container
    ).getBoundingClientRect();
    return { left, top, cellWidth: width / terminal.cols, cellHeight: height / terminal.rows };
  }

  #draw(): void {
    const state = this.#state;
    if (state.name === 'idle' || state.name === 'pressed') return this.#marks.replaceChildren();
    const { area, from, to } = state.name === 'selected' ? state.selected : between(state.drag, state.pointer);
    const { terminal } = this.#options;
    const marks: HTMLElement[] = [];
    for (let row = Math.max(area.top, from.row); row <= Math.min(area.top + area.rows - 1, to.row); row += 1) {
      const first = Math.max(area.left, row === from.row ? from.column : 0);
      const last = Math.min(area.left + area.cols, row === to.row ? to.column : Infinity);
      if (last <= first) continue;
      const mark = document.createElement('div');
      mark.style.left = `${(100 * first) / terminal.cols}%`;
      mark.style.width = `${(100 * (last - first)) / terminal.cols}%`;
      mark.style.top = `${(100 * row) / terminal.rows}%`;
      mark.style.height = `${100 / terminal.rows}%`;
      marks.push(mark);
    }
    this.#marks.replaceChildren(...marks);
  }
}

const isBefore = (one: Place, other: Place): boolean =>
  one.row < other.row || (one.row === other.row && one.column < other.column);

function between({ area, anchor }: Drag, pointer: Place): Selected {
  const [from, to] = isBefore(pointer, anchor) ? [pointer, anchor] : [anchor, pointer];
  return { area, from, to };
}

/** Above the area is its beginning, below it its end. */
function within({ row, column }: Place, { left, top, cols, rows }: TextArea): Place {
  if (row < top) return { row: top, column: left };
  if (row >= top + rows) return { row: top + rows - 1, column: left + cols };
  return { row, column: Math.max(left, Math.min(left + cols, column)) };
}

/** The word around an offset, or the one character that is no part of any. */
function wordAt(line: ScreenLine, offset: number): readonly [number, number] {
  for (const match of line.text.matchAll(WORD)) {
    const end = match.index + match[0].length;
    if (match.index <= offset && offset < end) return [match.index, end];
  }
  return [offset, offset + 1];
}
