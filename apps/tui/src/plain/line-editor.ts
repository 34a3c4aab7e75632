/**
 * Lines that a person edits at a terminal whose cursor can be moved, with the keys of the composer; Up recalls lines. What
 * comes in meanwhile is written above what they type, which stays whole.
 *
 *   editing ◀──▶ hidden (a password: nothing is shown, and nothing recalled)
 *      └──Ctrl+D, the input has ended──▶ over: what comes in is only written
 */
import { emitKeypressEvents, type Key } from 'node:readline';
import { Editor, keyInput, textWidth } from '@parley/terminal';
import { parseEntry } from '../commands/parse-entry.ts';
import { typedAfterEsc } from '../state/key-table.ts';
import type { LineHandlers, LineSource } from './line-reader.ts';

/** Such a terminal. */
export interface EditedTerminal {
  readonly input: NodeJS.ReadableStream & { setRawMode(raw: boolean): unknown };
  readonly output: NodeJS.WritableStream & { readonly columns: number };
  /** Ctrl+Z: back to the shell for a while. Default: nothing happens. */
  onSuspend?: ((this: void) => void) | undefined;
}

const MAX_ENTERED = 100;
/** Of a line that takes more, those around the cursor are shown. */
const MAX_ROWS = 6;
/** Names of keys that Node has others for. */
const NAMES: Readonly<Record<string, string>> = { return: 'enter', '\x1f': '_' };

/** A line on the screen, and where the cursor is in it. */
interface Drawn {
  readonly rows: readonly string[];
  readonly x: number;
  readonly y: number;
}
const NOTHING: Drawn = { rows: [''], x: 0, y: 0 };

export class LineEditor implements LineSource {
  readonly #terminal: EditedTerminal;
  readonly #handlers: LineHandlers;
  #editor = new Editor();
  #drawn = NOTHING;
  #entered: string[] = [];
  /** Where among them one is, and what was being written. */
  #recalled: { readonly index: number; readonly own: string } | undefined;
  #isHidden = false;
  #isOver = false;

  constructor(terminal: EditedTerminal, handlers: LineHandlers) {
    this.#terminal = terminal;
    this.#handlers = handlers;
    const { input, output } = terminal;
    emitKeypressEvents(input);
    input.on('keypress', this.#pressed);
    input.on('end', this.#end);
    input.on('error', this.#end);
    output.on('resize', this.#resized);
    input.setRawMode(true);
    input.resume();
  }

  set hidden(hidden: boolean) {
    if (hidden === this.#isHidden) return;
    if (hidden) this.#write(this.#erase());
    this.#isHidden = hidden;
    this.#write(this.#draw());
  }

  print(text: string): void {
    // As one, so that nobody sees the line gone.
    this.#write(`${this.#erase()}${text}${this.#draw()}`);
  }

  suspend(): void {
    this.#write(this.#leaveBehind());
  }

  redraw(): void {
    this.#drawn = NOTHING;
    this.#write(`\r\x1b[J${this.#draw()}`);
  }

  /** Gives the terminal back as it was. May be called twice. */
  close(): void {
    if (this.#isOver) return;
    this.#write(this.#leaveBehind());
    this.#isOver = true;
    const { input, output } = this.#terminal;
    input.removeListener('keypress', this.#pressed);
    input.removeListener('end', this.#end);
    input.removeListener('error', this.#end);
    output.removeListener('resize', this.#resized);
    input.setRawMode(false);
    input.pause();
  }

  readonly #resized = (): void => this.print('');

  readonly #end = (): void => {
    if (this.#isOver) return;
    if (this.#editor.text !== '') this.#give();
    this.close();
    this.#handlers.onEnd();
  };

  readonly #pressed = (text: string | undefined, { name, sequence = '', ctrl, meta, shift }: Key): void => {
    if (this.#isOver) return;
    const known = name ?? sequence.replace('\x1b', '');
    const modifiers = { ctrl: ctrl === true || sequence === '\x1f', alt: meta === true, shift: shift === true };
    const key = keyInput(NAMES[known] ?? known, modifiers);
    switch (key.chord) {
      case 'ctrl+c':
        return this.#handlers.onInterrupt();
      case 'ctrl+z':
        return this.#terminal.onSuspend?.();
      case 'ctrl+d':
        if (this.#editor.text === '') return this.#end();
        break;
      default:
        // Whatever was held with it: a line has one line.
        if (key.name === 'enter') return this.#give();
    }
    const isText = text !== undefined && !key.ctrl && !key.alt && !/\p{Control}/u.test(text);
    const typed = isText ? text : typedAfterEsc(key);
    this.#editor.width = this.#columns;
    if (typed !== undefined) this.#editor.insert(typed);
    else if (!this.#editor.handle(key) && !this.#isHidden && (key.name === 'up' || key.name === 'down')) {
      this.#recall(key.name === 'up' ? -1 : 1);
    }
    this.#update();
  };

  #give(): void {
    const { text } = this.#editor;
    // One that is empty ends, too.
    if (!this.#isHidden) this.#write(this.#leaveBehind() || '\r\n');
    this.#editor = new Editor();
    this.#recalled = undefined;
    const entry = parseEntry(text);
    const isSecret = this.#isHidden || (entry.kind === 'command' && entry.secret);
    if (!isSecret && text !== '' && this.#entered.at(-1) !== text) {
      this.#entered = [...this.#entered, text].slice(-MAX_ENTERED);
    }
    this.#handlers.onLine(text, this.#isHidden);
  }

  #recall(by: -1 | 1): void {
    const { index, own } = this.#recalled ?? { index: this.#entered.length, own: this.#editor.text };
    const next = index + by;
    if (next < 0 || next > this.#entered.length) return;
    this.#editor.setText(this.#entered[next] ?? own);
    this.#recalled = next === this.#entered.length ? undefined : { index: next, own };
  }

  get #columns(): number {
    // One stays free for the cursor.
    return Math.max(1, (this.#terminal.output.columns || 80) - 1);
  }

  /** Shows what has changed: of what is only typed on that alone, since a screen reader would read the rest again. */
  #update(): void {
    const before = this.#drawn;
    const erased = this.#erase();
    const drawn = this.#draw();
    const added = addedTo(before, this.#drawn);
    this.#write(added ?? `${erased}${drawn}`);
  }

  /** The bytes that go on below the line, which stays where it is; none where there is nothing. */
  #leaveBehind(): string {
    const { rows, y } = this.#drawn;
    if (rows.join('') === '') return '';
    this.#drawn = NOTHING;
    const down = rows.length - 1 - y;
    return `${down > 0 ? `\x1b[${down}B` : ''}\r\n`;
  }

  /** The bytes that take the line off the screen; none where there is nothing. */
  #erase(): string {
    const { rows, y } = this.#drawn;
    if (rows.join('') === '') return '';
    this.#drawn = NOTHING;
    return `${y > 0 ? `\x1b[${y}A` : ''}\r\x1b[J`;
  }

  /** The bytes that put it there, from the first column on. */
  #draw(): string {
    if (this.#isHidden || this.#isOver || this.#editor.text === '') return '';
    const { rows, cursor } = this.#editor.layout(this.#columns, MAX_ROWS);
    this.#drawn = { rows, ...cursor };
    const [up, right] = [rows.length - 1 - cursor.y, cursor.x];
    return `${rows.join('\r\n')}${up > 0 ? `\x1b[${up}A` : ''}\r${right > 0 ? `\x1b[${right}C` : ''}`;
  }

  #write(bytes: string): void {
    if (bytes !== '') this.#terminal.output.write(bytes);
  }
}

/** What was typed on at the end of a line, where nothing else has changed and it is as wide as it is long. */
function addedTo(before: Drawn, after: Drawn): string | undefined {
  const [was = '', is = ''] = [before.rows.at(-1), after.rows.at(-1)];
  const isAtEnd = (drawn: Drawn, row: string): boolean =>
    drawn.y === drawn.rows.length - 1 && drawn.x === textWidth(row);
  const isSame =
    before.rows.length === after.rows.length && before.rows.slice(0, -1).every((row, y) => row === after.rows[y]);
  if (!isSame || !isAtEnd(before, was) || !isAtEnd(after, is) || !is.startsWith(was)) return undefined;
  const added = is.slice(was.length);
  return /^[ -~]*$/u.test(added) ? added : undefined;
}
