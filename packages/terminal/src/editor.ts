/**
 * A text being written: cursor, words, lines, kill and yank, undo, and where it all stands in a box. Pure: it knows neither
 * keys (see editor-keys) nor the screen. Offsets are UTF-16 and always between grapheme clusters.
 */
import { actionOf, type EditorAction } from './editor-keys.ts';
import { columnOf, type EditorLayout, layoutRows, LineWrapper, offsetAt, rowOf } from './editor-layout.ts';
import type { InputEvent } from './input-events.ts';
import { sanitize } from './sanitize.ts';
import { UndoStack } from './undo-stack.ts';
import { nextBoundary, previousBoundary, snapToBoundary } from './width.ts';
import { wordEndAfter, wordStartBefore } from './word-boundaries.ts';

/** UTF-16 units that fit unless it is said otherwise: a message takes an eighth of that. */
const MAX_UNITS = 16 * 1024;
/** A joiner at the start and one at the end; painting leaves out those that turn out to join nothing. */
const EDGE_JOINERS = /^([\u200c\u200d]?)[^]*?([\u200c\u200d]?)$/u;
const JOINABLE_END = /[\p{Letter}\p{Mark}\p{Extended_Pictographic}\p{Emoji_Modifier}]$/u;

export interface EditorOptions {
  /** UTF-16 units that fit; more is cut. Default 16 Ki. */
  readonly maxUnits?: number | undefined;
  /** What stands there to begin with, which is no step of undo; and where the cursor does, by default at its end. */
  readonly text?: string | undefined;
  readonly cursor?: number | undefined;
}

export class Editor {
  readonly #maxUnits: number;
  #undo = new UndoStack();
  readonly #wrapper = new LineWrapper();
  #text = '';
  #cursor = 0;
  #killed = '';
  #killing = false;
  /** The column that up and down aim for, while they are pressed in a row. */
  #goal: number | undefined;
  #width = 80;
  #top = 0;

  constructor(options: EditorOptions = {}) {
    this.#maxUnits = options.maxUnits ?? MAX_UNITS;
    if (options.text === undefined) return;
    this.setText(options.text, options.cursor);
    this.#undo = new UndoStack();
  }

  get text(): string {
    return this.#text;
  }
  get cursor(): number {
    return this.#cursor;
  }

  /** Puts another text in place, as one step of undo. The cursor goes to `cursor`, or the end. */
  setText(text: string, cursor?: number): void {
    this.#undo.seal();
    this.#edit(0, this.#text.length, text, '');
    if (cursor !== undefined) this.#go(cursor);
  }

  /** Inserts at the cursor; control characters are left out. Typing a word is one step of undo. */
  insert(text: string): void {
    // A space begins the next step.
    if (/^\s/.test(text)) this.#undo.seal();
    this.#edit(this.#cursor, this.#cursor, text, text.length <= 2 ? 'type' : '');
  }

  /** Handles text, pastes and the keys of an editor. Returns false for an event that isn't the editor's: Enter, Tab, … */
  handle(event: InputEvent): boolean {
    if (event.type === 'text' || event.type === 'paste') {
      if (event.type === 'paste') this.#undo.seal();
      this.insert(event.text);
      if (event.type === 'paste') this.#undo.seal();
      return true;
    }
    const action = event.type === 'key' ? actionOf(event.chord) : undefined;
    return action !== undefined && this.#perform(action);
  }

  /** Returns false when it doesn't apply: no row above, nothing to undo. */
  #perform(action: EditorAction): boolean {
    const text = this.#text;
    const at = this.#cursor;
    switch (action) {
      case 'left':
        return this.#go(previousBoundary(text, at));
      case 'right':
        return this.#go(nextBoundary(text, at));
      case 'word-left':
        return this.#go(wordStartBefore(text, at));
      case 'word-right':
        return this.#go(wordEndAfter(text, at));
      case 'line-start':
        return this.#go(this.#lineStart());
      case 'line-end':
        return this.#go(this.#lineEnd());
      case 'text-start':
        return this.#go(0);
      case 'text-end':
        return this.#go(text.length);
      case 'up':
        return this.#vertical(-1);
      case 'down':
        return this.#vertical(1);
      case 'new-line':
        this.#edit(at, at, '\n', '');
        return true;
      case 'delete-left':
        return this.#erase(previousBoundary(text, at), at, 'delete-left');
      case 'delete-right':
        return this.#erase(at, nextBoundary(text, at), 'delete-right');
      case 'kill-word-left':
        return this.#kill(wordStartBefore(text, at), at);
      case 'kill-word-right':
        return this.#kill(at, wordEndAfter(text, at));
      case 'kill-line-left':
        return this.#kill(this.#lineStart() === at && at > 0 ? at - 1 : this.#lineStart(), at);
      case 'kill-line-right':
        return this.#kill(at, this.#lineEnd() === at && at < text.length ? at + 1 : this.#lineEnd());
      case 'yank':
        this.#edit(at, at, this.#killed, '');
        return true;
      case 'undo':
        return this.#restore(this.#undo.undo({ text, cursor: at }));
      case 'redo':
      default:
        return this.#restore(this.#undo.redo({ text, cursor: at }));
    }
  }

  /** The columns of the rows that up and down go by. */
  set width(width: number) {
    this.#width = Math.max(1, width);
  }

  /** Wraps the text to `width` columns and picks the `maxRows` rows around the cursor. */
  layout(width: number, maxRows: number): EditorLayout {
    this.width = width;
    const rows = this.#wrapper.rowsOf(this.#text, this.#width);
    const at = { cursor: this.#cursor, top: this.#top, width: this.#width, maxRows };
    const layout = layoutRows(this.#text, rows, at);
    this.#top = layout.above;
    return layout;
  }

  /** Puts the cursor at a column and row of the last layout: a click. */
  moveToCell(x: number, y: number): void {
    const rows = this.#wrapper.rowsOf(this.#text, this.#width);
    const target = rows[Math.max(0, Math.min(this.#top + y, rows.length - 1))];
    if (target !== undefined) this.#go(offsetAt(this.#text, target, Math.max(0, x)));
  }

  #go(cursor: number): true {
    this.#cursor = snapToBoundary(this.#text, cursor);
    this.#still();
    return true;
  }

  /** Anything but typing ends a step of undo, a run of kills and a vertical move. */
  #still(): void {
    this.#undo.seal();
    this.#killing = false;
    this.#goal = undefined;
  }

  #edit(start: number, end: number, text: string, kind: string): void {
    let inserted = this.#clean(text, start);
    const room = this.#maxUnits - (this.#text.length - (end - start));
    if (inserted.length > room) inserted = sanitize(inserted.slice(0, Math.max(0, room)), { lines: true });
    if (inserted === '' && start === end) return;
    this.#undo.record({ text: this.#text, cursor: this.#cursor }, kind);
    this.#text = this.#text.slice(0, start) + inserted + this.#text.slice(end);
    // What was inserted may join with what follows into one cluster.
    this.#cursor = snapToBoundary(this.#text, start + inserted.length);
    this.#killing = false;
    this.#goal = undefined;
  }

  /** Typed text made safe; with a joiner that comes before what it joins, as keyboards and split chunks have it. */
  #clean(text: string, start: number): string {
    const safe = sanitize(text, { lines: true });
    const [, first = '', last = ''] = EDGE_JOINERS.exec(text) ?? [];
    const begins = JOINABLE_END.test(this.#text.slice(Math.max(0, start - 2), start)) ? first : '';
    return `${begins}${safe}${JOINABLE_END.test(safe.slice(-2)) ? last : ''}`;
  }

  #erase(start: number, end: number, kind: string): true {
    if (start < end) {
      this.#edit(start, end, '', kind);
      this.#cursor = snapToBoundary(this.#text, start);
    }
    return true;
  }

  /** Kills in a row gather into one text to yank. */
  #kill(start: number, end: number): true {
    if (start >= end) return true;
    const gathering = this.#killing;
    const killed = this.#text.slice(start, end);
    const leftwards = end === this.#cursor;
    this.#erase(start, end, '');
    const before = gathering ? this.#killed : '';
    this.#killed = leftwards ? killed + before : before + killed;
    this.#killing = true;
    return true;
  }

  #vertical(direction: -1 | 1): boolean {
    const rows = this.#wrapper.rowsOf(this.#text, this.#width);
    const from = rowOf(rows, this.#cursor);
    const here = rows[from];
    const there = rows[from + direction];
    if (here === undefined || there === undefined) return false;
    const goal = this.#goal ?? columnOf(this.#text, here, this.#cursor);
    this.#go(offsetAt(this.#text, there, goal));
    this.#goal = goal;
    return true;
  }

  #restore(state: { readonly text: string; readonly cursor: number } | undefined): boolean {
    if (state === undefined) return false;
    this.#text = state.text;
    this.#cursor = state.cursor;
    this.#killing = false;
    this.#goal = undefined;
    return true;
  }

  #lineStart(): number {
    return this.#cursor === 0 ? 0 : this.#text.lastIndexOf('\n', this.#cursor - 1) + 1;
  }

  #lineEnd(): number {
    const end = this.#text.indexOf('\n', this.#cursor);
    return end < 0 ? this.#text.length : end;
  }
}
