/**
 * Lines from a pipe, a file, or the line editing of a terminal whose cursor is not moved. A hidden line (a password) is read
 * in raw mode where there is one, so that it is not echoed.
 */
import type { ScreenInput, ScreenOutput } from '@parley/terminal';

/** Where lines come from: what a screen reads, that may also end. */
export interface LineInput extends ScreenInput {
  on(event: 'data', listener: (chunk: Uint8Array | string) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  removeListener(event: 'data', listener: (chunk: Uint8Array | string) => void): unknown;
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
  removeListener(event: 'end', listener: () => void): unknown;
}

/** What is told of lines. */
export interface LineHandlers {
  /** `wasHidden`: it was typed without an echo. */
  onLine(this: void, line: string, wasHidden: boolean): void;
  /** There will be no more lines. */
  onEnd(this: void): void;
  /** Ctrl+C while a hidden line is typed: the terminal does not turn it into a signal then. */
  onInterrupt(this: void): void;
}

/** Where lines come from, on a terminal that also shows what is written meanwhile. */
export interface LineSource {
  /** Whether what is typed is kept from view. */
  set hidden(hidden: boolean);
  /** Writes whole lines. */
  print(text: string): void;
  /** Others have the terminal from here on. */
  suspend(): void;
  /** Shows what is typed, after they have had it. */
  redraw(): void;
  /** Lets go of the input. May be called twice. */
  close(): void;
}

/** Longer lines are given on in parts. */
const MAX_CHARACTERS = 64 * 1024;

export class LineReader implements LineSource {
  readonly #streams: { readonly input: LineInput; readonly output: Pick<ScreenOutput, 'write'> };
  readonly #handlers: LineHandlers;
  readonly #decoder = new TextDecoder();
  #text = '';
  #hidden = false;
  #isOver = false;

  constructor(
    streams: { readonly input: LineInput; readonly output: Pick<ScreenOutput, 'write'> },
    handlers: LineHandlers,
  ) {
    this.#streams = streams;
    this.#handlers = handlers;
    const { input } = streams;
    input.on('data', this.#read);
    input.on('end', this.#end);
    input.on('error', this.#end);
    input.resume?.();
  }

  /** Whether what is typed is shown. Without a raw mode there is no echo to keep quiet. */
  set hidden(hidden: boolean) {
    if (hidden === this.#hidden || this.#isOver) return;
    this.#hidden = hidden;
    this.#streams.input.setRawMode?.(hidden);
  }

  print(text: string): void {
    this.#streams.output.write(text);
  }

  suspend(): void {
    // The terminal is the shell's as it is.
  }

  redraw(): void {
    // What is typed is the terminal's own to show.
  }

  close(): void {
    this.hidden = false;
    this.#isOver = true;
    const { input } = this.#streams;
    input.removeListener('data', this.#read);
    input.removeListener('end', this.#end);
    input.removeListener('error', this.#end);
    input.pause?.();
  }

  readonly #read = (chunk: Uint8Array | string): void => {
    const text = typeof chunk === 'string' ? chunk : this.#decoder.decode(chunk, { stream: true });
    for (const character of text) this.#take(character);
  };

  #take(character: string): void {
    if (this.#isOver) return;
    if (this.#hidden) {
      if (character === '\x03') return this.#handlers.onInterrupt();
      if (character === '\x04') return this.#end();
      if (character === '\x15') this.#text = '';
      else if (character === '\x7f' || character === '\b') this.#text = [...this.#text].slice(0, -1).join('');
      else if (character === '\r' || character === '\n') this.#give();
      else if (character >= ' ') this.#text += character;
      return;
    }
    if (character === '\n') this.#give();
    else this.#text += character;
    if (this.#text.length >= MAX_CHARACTERS) this.#give();
  }

  #give(): void {
    const line = this.#text.replace(/\r$/u, '');
    this.#text = '';
    this.#handlers.onLine(line, this.#hidden && this.#streams.input.setRawMode !== undefined);
  }

  readonly #end = (): void => {
    if (this.#isOver) return;
    if (this.#text !== '') this.#give();
    this.close();
    this.#handlers.onEnd();
  };
}
