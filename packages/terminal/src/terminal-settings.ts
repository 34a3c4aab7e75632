/**
 * What a terminal is to be like besides its cells, and what it was told of that: modes, palette, title, cursor shape, bell;
 * and what it is asked. Each is one wish, not a queue, so that a terminal that takes nothing for an hour costs nothing.
 */
import { backgroundQuery, colorReportBytes, isColorReport } from './color-scheme.ts';
import type { InputEvent } from './input-events.ts';
import { abilitiesQuery, marginsBytes, TerminalAbilities } from './terminal-abilities.ts';
import {
  cursorShapeBytes,
  type CursorShape,
  enterBytes,
  focusBytes,
  leaveBytes,
  mouseBytes,
  ownPaletteBytes,
  paletteBytes,
  titleBytes,
} from './terminal-modes.ts';

export class TerminalSettings {
  readonly abilities = new TerminalAbilities();
  #marginsSent = false;
  readonly #focusReports: boolean;
  readonly #colorReports: boolean;
  /** Its colours have changed: it is to be asked for them. */
  #colorsChanged = false;
  #modes: 'enter' | 'again' | 'sent' = 'enter';
  #palette: readonly string[] | undefined;
  #paletteSent: readonly string[] | undefined;
  readonly #shape: CursorShape;
  /** What the terminal was told last. */
  #shapeSent: CursorShape = 'default';
  #title: string | undefined;
  #titleSent: string | undefined;
  /** The title of before is on the terminal's stack. */
  #titled = false;
  #bell = false;
  #note: string | undefined;
  #noteSent = false;

  constructor(wishes: {
    readonly focusReports: boolean;
    readonly colorReports: boolean;
    readonly shape: CursorShape;
    readonly palette: readonly string[] | undefined;
  }) {
    this.#focusReports = wishes.focusReports;
    this.#colorReports = wishes.colorReports;
    this.#shape = wishes.shape;
    this.#palette = wishes.palette;
  }

  set palette(colors: readonly string[] | undefined) {
    this.#palette = colors;
  }
  get title(): string | undefined {
    return this.#title;
  }
  set title(text: string | undefined) {
    this.#title = text;
  }

  /** Bytes that change nothing on the screen; told once more with the modes, and whenever they are set. */
  set note(bytes: string) {
    this.#note = bytes;
    this.#noteSent = false;
  }

  /** Takes what the terminal answers about itself. Returns whether the event was that. */
  learn(event: InputEvent): boolean {
    if (!isColorReport(event)) return this.abilities.learn(event);
    this.#colorsChanged = this.#colorReports;
    // With its own colours it may have lost those that it was taught.
    this.#paletteSent = undefined;
    return true;
  }

  ring(): void {
    this.#bell = true;
  }

  /** The terminal may have forgotten everything: all of it is due again. */
  forget(): void {
    if (this.#modes !== 'sent') return;
    this.#modes = 'again';
    this.abilities.forget();
  }

  /** Whether modes are due, after which neither cursor nor style of the terminal are known. */
  get isFresh(): boolean {
    return this.#modes !== 'sent';
  }

  /** The bytes for what the terminal was not told yet; often `''`. They count as sent. */
  take(): string {
    let out = '';
    if (this.#modes !== 'sent') {
      out += enterBytes(this.#modes === 'again') + (this.#focusReports ? focusBytes(true) : '') + abilitiesQuery;
      out += mouseBytes(true);
      if (this.#colorReports) out += colorReportBytes(true);
      this.#colorsChanged = this.#colorReports;
      this.#modes = 'sent';
      this.#marginsSent = false;
      this.#paletteSent = undefined;
      this.#titleSent = undefined;
      this.#shapeSent = 'default';
      this.#noteSent = false;
    }
    if (this.abilities.margins && !this.#marginsSent) {
      out += marginsBytes(true);
      this.#marginsSent = true;
    }
    if (this.#palette !== undefined && this.#palette !== this.#paletteSent) out += paletteBytes(this.#palette);
    this.#paletteSent = this.#palette;
    if (this.#colorsChanged) out += backgroundQuery;
    this.#colorsChanged = false;
    if (this.#title !== undefined && this.#title !== this.#titleSent) {
      out += titleBytes(this.#title, !this.#titled);
      this.#titled = true;
    }
    if (this.#shape !== this.#shapeSent) out += cursorShapeBytes(this.#shape);
    if (this.#note !== undefined && !this.#noteSent) out += this.#note;
    if (this.#bell) out += '\x07';
    this.#titleSent = this.#title;
    this.#shapeSent = this.#shape;
    this.#noteSent = true;
    this.#bell = false;
    return out;
  }

  /**
   * The bytes that undo everything; after them all of it is due, as for a terminal that was never told anything. Of that one
   * there is nothing to undo.
   */
  undo(): string {
    if (this.#modes === 'enter') return '';
    const margins = this.#marginsSent ? marginsBytes(false) : '';
    const colors = this.#colorReports ? colorReportBytes(false) : '';
    const palette = this.#palette === undefined ? '' : ownPaletteBytes;
    const bytes = margins + colors + palette + leaveBytes({ focus: this.#focusReports, title: this.#titled });
    this.#modes = 'enter';
    this.#titled = false;
    this.abilities.forget();
    return bytes;
  }
}
