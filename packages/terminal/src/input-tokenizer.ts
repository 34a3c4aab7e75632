/**
 * Bytes of a terminal's input to events. Pure: time is the caller's (see InputFeed). Whatever the bytes and however they
 * are split, what a terminal sends by itself never becomes typed text, and what is kept is bounded.
 *
 *   ground ──ESC[200~──▶ paste ──ESC[201~──▶ ground
 *      │ ESC ] P _ ^ X ──▶ string ──ST, BEL, any other control──▶ ground
 *      └ CSI longer than the limit ──▶ overlong ──final byte──▶ ground
 *
 * In `ground` an unfinished escape sequence waits in `#held`; `pending` says what the wait is for.
 */
import { characterKey, readControlSequence, readLegacyMouse, readSingleShift } from './csi-input.ts';
import { type InputEvent, keyInput, NO_MODIFIERS, type ReplyInput } from './input-events.ts';

export interface TokenizerOptions {
  /** UTF-16 units of a paste that are kept; the rest is dropped. Default 32 Ki. */
  maxPasteUnits?: number | undefined;
}

/**
 * What the tokenizer waits for. `ambiguous`: a lone Esc or the start of a sequence, decided after some 50 ms of silence;
 * `sequence`: the rest of one that only a terminal sends; `paste`: its end.
 */
export type Pending = 'nothing' | 'ambiguous' | 'sequence' | 'paste';

type State =
  | { readonly kind: 'ground' }
  | { readonly kind: 'overlong' }
  | { readonly kind: 'paste'; readonly parts: string[]; units: number; truncated: boolean; tail: string }
  | { readonly kind: 'string'; readonly introducer: string; body: string; units: number; escaped: boolean };

const ESC = '\x1b';
const PASTE_END = '\x1b[201~';
const MAX_SEQUENCE_UNITS = 128;
/** Twice what an editor takes. All of a paste is handled in one turn, in which nobody else's keys are. */
const MAX_PASTE_UNITS = 32 * 1024;
/** What is kept of a terminal's OSC, DCS or APC string. */
const MAX_REPLY_UNITS = 4096;
/** An unended string this long is garbage; what follows is read as input again. */
const MAX_STRING_UNITS = 256 * 1024;
const GROUND: State = { kind: 'ground' };

export class InputTokenizer {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  readonly #maxPasteUnits: number;
  #state: State = GROUND;
  #held = '';

  constructor(options: TokenizerOptions = {}) {
    this.#maxPasteUnits = options.maxPasteUnits ?? MAX_PASTE_UNITS;
  }

  /** What is missing after everything pushed so far. */
  get pending(): Pending {
    switch (this.#state.kind) {
      case 'paste':
        return 'paste';
      case 'overlong':
        return 'sequence';
      case 'string':
        return this.#state.units === 0 ? 'ambiguous' : 'sequence';
      case 'ground':
      default:
        if (this.#held === '') return 'nothing';
        return /^\x1b{1,2}[[O]?$/.test(this.#held) ? 'ambiguous' : 'sequence';
    }
  }

  /** Takes a chunk as it came, split anywhere, and returns what is complete. */
  push(chunk: Uint8Array | string): InputEvent[] {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, 'utf8') : chunk;
    const events: InputEvent[] = [];
    this.#consume(this.#held + this.#decoder.decode(bytes, { stream: true }), events);
    return events;
  }

  /** Ends the wait: an ambiguous start becomes the keys it spells, a broken sequence is dropped, a paste ends here. */
  flush(): InputEvent[] {
    const events: InputEvent[] = [];
    const state = this.#state;
    const held = this.#held;
    const pending = this.pending;
    this.#state = GROUND;
    this.#held = '';
    if (state.kind === 'paste') {
      keepPaste(state, state.tail, this.#maxPasteUnits);
      events.push(pasteEvent(state));
    } else if (pending === 'ambiguous') {
      if (state.kind === 'string') events.push(characterKey(state.introducer, { ...NO_MODIFIERS, alt: true }));
      else events.push(...spellKeys(held));
    }
    return events;
  }

  #consume(input: string, events: InputEvent[]): void {
    this.#held = '';
    let rest = input;
    while (rest !== '') {
      switch (this.#state.kind) {
        case 'ground':
          rest = this.#ground(rest, events);
          break;
        case 'overlong':
          rest = this.#overlong(rest);
          break;
        case 'paste':
          rest = this.#paste(rest, this.#state, events);
          break;
        case 'string':
          rest = this.#string(rest, this.#state, events);
          break;
      }
    }
  }

  /** Each of these reads from the start of `input` and returns what is left for the state it changed to. */
  #ground(input: string, events: InputEvent[]): string {
    let at = 0;
    while (at < input.length) {
      const code = input.charCodeAt(at);
      if (code === 0x1b) {
        const next = this.#escape(input, at, events);
        if (next < 0) {
          this.#held = input.slice(at);
          return '';
        }
        at = next;
        if (this.#state.kind !== 'ground') return input.slice(at);
      } else if (code < 0x20 || code === 0x7f) {
        events.push(controlKey(code, false));
        at++;
      } else if (code >= 0x80 && code < 0xa0) {
        at++;
      } else {
        const start = at;
        do at++;
        while (at < input.length && isText(input.charCodeAt(at)));
        pushText(events, input.slice(start, at));
      }
    }
    return '';
  }

  /** Reads what starts with the Esc at `at`; returns where it ends, or -1 when more is needed. */
  #escape(input: string, at: number, events: InputEvent[]): number {
    const next = input[at + 1];
    switch (next) {
      case undefined:
        return -1;
      case '[':
        return this.#controlSequence(input, at, events, false);
      case 'O':
        return this.#singleShift(input, at, events, false);
      case ']':
      case 'P':
      case '_':
      case '^':
      case 'X':
        this.#state = { kind: 'string', introducer: next, body: '', units: 0, escaped: false };
        return at + 2;
      case ESC: {
        const third = input[at + 2];
        if (third === undefined) return -1;
        // Esc before a key's sequence is how some terminals say Alt.
        if (third === '[') return this.#controlSequence(input, at + 1, events, true);
        if (third === 'O') return this.#singleShift(input, at + 1, events, true);
        events.push(keyInput('escape'));
        return at + 1;
      }
      default: {
        const code = next.charCodeAt(0);
        if (code < 0x20 || code === 0x7f) {
          events.push(controlKey(code, true));
          return at + 2;
        }
        if (code >= 0x80 && code < 0xa0) return at + 2;
        const character = String.fromCodePoint(input.codePointAt(at + 1) ?? code);
        events.push(characterKey(character, { ...NO_MODIFIERS, alt: true }));
        return at + 1 + character.length;
      }
    }
  }

  #controlSequence(input: string, at: number, events: InputEvent[], alt: boolean): number {
    const start = at + 2;
    let end = start;
    for (; ; end++) {
      if (end >= input.length) {
        if (end - start <= MAX_SEQUENCE_UNITS) return -1;
        break;
      }
      const code = input.charCodeAt(end);
      if (code < 0x20 || code > 0x3f) break;
      if (end - start > MAX_SEQUENCE_UNITS) break;
    }
    if (end - start > MAX_SEQUENCE_UNITS) {
      if (alt) events.push(keyInput('escape'));
      this.#state = { kind: 'overlong' };
      return end;
    }
    const final = input[end] ?? '';
    if (final < '@' || final > '~') {
      // Not a sequence after all. `ESC [` alone was Alt+[; a broken longer one is dropped.
      if (alt) events.push(keyInput('escape'));
      if (end === start) events.push(characterKey('[', { ...NO_MODIFIERS, alt: true }));
      return end;
    }
    const body = input.slice(start, end);
    if (body === '' && (final === 'M' || final === '[')) return this.#legacy(input, end, final, events, alt);
    if (body === '200' && final === '~') {
      if (alt) events.push(keyInput('escape'));
      this.#state = { kind: 'paste', parts: [], units: 0, truncated: false, tail: '' };
      return end + 1;
    }
    const marker = /^[<=>?]/.exec(body)?.[0] ?? '';
    const params = /^[0-9:;<=>?]*/.exec(body.slice(marker.length))?.[0] ?? '';
    const intermediates = body.slice(marker.length + params.length);
    pushEvent(events, readControlSequence({ marker, params, intermediates, final }), alt);
    return end + 1;
  }

  /** `ESC [ M` and three characters (mouse without SGR), `ESC [ [` and a letter (F1–F5 of the Linux console). */
  #legacy(input: string, finalAt: number, final: string, events: InputEvent[], alt: boolean): number {
    const length = final === 'M' ? 3 : 1;
    let argument = '';
    for (let count = 0; count < length; count++) {
      const point = input.codePointAt(finalAt + 1 + argument.length);
      if (point === undefined) return -1;
      if (point === 0x1b) return finalAt + 1 + argument.length;
      argument += String.fromCodePoint(point);
    }
    pushEvent(events, final === 'M' ? readLegacyMouse(argument) : consoleKey(argument), alt);
    return finalAt + 1 + argument.length;
  }

  #singleShift(input: string, at: number, events: InputEvent[], alt: boolean): number {
    let end = at + 2;
    while (end < input.length && end < at + 4 && isDigit(input.charCodeAt(end))) end++;
    const final = input[end];
    if (final === undefined) return -1;
    if (final < '@' || final > '~') {
      if (alt) events.push(keyInput('escape'));
      if (end === at + 2) events.push(characterKey('O', { ...NO_MODIFIERS, alt: true }));
      return end;
    }
    pushEvent(events, readSingleShift(input.slice(at + 2, end), final), alt);
    return end + 1;
  }

  #overlong(input: string): string {
    for (let at = 0; at < input.length; at++) {
      const code = input.charCodeAt(at);
      if (code >= 0x20 && code <= 0x3f) continue;
      this.#state = GROUND;
      return input.slice(code >= 0x40 && code <= 0x7e ? at + 1 : at);
    }
    return '';
  }

  #paste(input: string, state: Extract<State, { kind: 'paste' }>, events: InputEvent[]): string {
    const text = state.tail + input;
    const end = text.indexOf(PASTE_END);
    if (end >= 0) {
      keepPaste(state, text.slice(0, end), this.#maxPasteUnits);
      events.push(pasteEvent(state));
      this.#state = GROUND;
      return text.slice(end + PASTE_END.length);
    }
    const held = startOfEnd(text);
    state.tail = text.slice(held);
    keepPaste(state, text.slice(0, held), this.#maxPasteUnits);
    return '';
  }

  #string(input: string, state: Extract<State, { kind: 'string' }>, events: InputEvent[]): string {
    for (let at = 0; at < input.length; at++) {
      const code = input.charCodeAt(at);
      if (state.escaped) {
        this.#state = GROUND;
        if (code === 0x5c) {
          pushReply(events, state);
          return input.slice(at + 1);
        }
        return ESC + input.slice(at);
      }
      if (code === 0x1b) {
        state.escaped = true;
        state.units++;
      } else if (code === 0x07 || code === 0x9c) {
        this.#state = GROUND;
        pushReply(events, state);
        return input.slice(at + 1);
      } else if (code < 0x20 || state.units >= MAX_STRING_UNITS) {
        // No terminal sends that inside a string: a person is typing again (Ctrl-C, say).
        this.#state = GROUND;
        return input.slice(at);
      } else {
        state.units++;
        if (state.body.length < MAX_REPLY_UNITS) state.body += input[at] ?? '';
      }
    }
    return '';
  }
}

const isText = (code: number): boolean => code >= 0x20 && code !== 0x7f && !(code >= 0x80 && code < 0xa0);

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

/** A control character as the key that makes it. */
function controlKey(code: number, alt: boolean): InputEvent {
  switch (code) {
    case 0x00:
      return keyInput('space', { ctrl: true, alt });
    case 0x08:
    case 0x7f:
      return keyInput('backspace', { alt });
    case 0x09:
      return keyInput('tab', { alt });
    case 0x0d:
      return keyInput('enter', { alt });
    default:
      return keyInput(String.fromCharCode(code < 0x1b ? code + 0x60 : code + 0x40), { ctrl: true, alt });
  }
}

function consoleKey(letter: string): InputEvent | undefined {
  const number = letter.charCodeAt(0) - 0x40;
  return number >= 1 && number <= 5 ? keyInput(`f${number}`) : undefined;
}

function pushText(events: InputEvent[], text: string): void {
  const last = events.at(-1);
  if (last?.type === 'text') events[events.length - 1] = { type: 'text', text: last.text + text };
  else events.push({ type: 'text', text });
}

/** `alt`: an Esc stood before it, which means Alt for a key and a key of its own for anything else. */
function pushEvent(events: InputEvent[], event: InputEvent | undefined, alt: boolean): void {
  if (alt && event?.type === 'key') events.push(keyInput(event.name, { ...event, alt: true }));
  else {
    if (alt) events.push(keyInput('escape'));
    if (event?.type === 'text') pushText(events, event.text);
    else if (event !== undefined) events.push(event);
  }
}

function pushReply(events: InputEvent[], state: Extract<State, { kind: 'string' }>): void {
  const kinds: Readonly<Record<string, ReplyInput['kind']>> = { ']': 'osc', P: 'dcs', _: 'apc' };
  const kind = kinds[state.introducer];
  if (kind !== undefined) events.push({ type: 'reply', kind, body: state.body });
}

/** The keys that an ambiguous start spells when nothing follows: Esc, Esc twice, Alt+[ or Alt+O after it. */
function spellKeys(held: string): InputEvent[] {
  const last = held.at(-1) ?? '';
  const escapes = last === ESC ? held.length : held.length - 2;
  const events: InputEvent[] = Array.from({ length: escapes }, () => keyInput('escape'));
  if (last !== ESC) events.push(characterKey(last, { ...NO_MODIFIERS, alt: true }));
  return events;
}

function keepPaste(state: Extract<State, { kind: 'paste' }>, text: string, maxUnits: number): void {
  const room = maxUnits - state.units;
  if (text.length > room) state.truncated = true;
  if (text === '' || room <= 0) return;
  const kept = text.slice(0, room);
  state.parts.push(kept);
  state.units += kept.length;
}

function pasteEvent(state: Extract<State, { kind: 'paste' }>): InputEvent {
  const text = state.parts.join('').replace(/\r\n?/g, '\n');
  return { type: 'paste', text, truncated: state.truncated };
}

/** Where the longest tail begins that may be the start of the end marker. */
function startOfEnd(text: string): number {
  const from = text.lastIndexOf(ESC);
  return from >= 0 && PASTE_END.startsWith(text.slice(from)) ? from : text.length;
}
