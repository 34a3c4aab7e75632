/**
 * The page's connection to its session. Knows frames and times, no terminal and no DOM.
 *
 *   connecting ──attached frame──▶ attached ──socket lost──▶ waiting ──time, retry()──▶ connecting
 *       └──socket lost, or no answer in time──────────────────▲
 *   any of these ──replaced──▶ replaced ──retry()──▶ connecting
 *                ──exit, idle, refused frame──▶ ended ──retry()──▶ connecting
 *
 * Input is sent while attached, and none is kept before there ever was a session. What is typed after the connection was
 * lost is held (held-input.ts):
 *
 *   held for the session ──attached, the same one──▶ sent as it was typed
 *        └──attached, another one──▶ held for the place ──its program shows that, and takes text──▶ sent as one paste
 *                                      └──it shows a form, or another place, or nothing in time──▶ lost, with words
 *
 * and what is typed meanwhile is held with it. A size that came too late for attach is sent once attached.
 */
import {
  ATTACH_TIMEOUT_MS,
  type Attach,
  CLOSE,
  type GatewayControl,
  type PageControl,
  PING_INTERVAL_MS,
  TERMINAL_ACK_BYTES,
} from '@parley/protocol';
import { readGatewayControl } from './gateway-control.ts';
import { HeldInput, isKept } from './held-input.ts';

export type ConnectionState =
  | { name: 'connecting'; again: boolean }
  | { name: 'attached' }
  /** `reason` is the server's, when it gave one. */
  | { name: 'waiting'; retryAt: number; reason: string | undefined }
  | { name: 'replaced' }
  | { name: 'ended'; reason: string | undefined };

/** What the connection needs of a browser's WebSocket. */
export interface Socket {
  binaryType: string;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(): void;
  addEventListener(type: 'open', listener: () => void): void;
  addEventListener(type: 'close', listener: (event: { code: number }) => void): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
}

interface Size {
  readonly cols: number;
  readonly rows: number;
}

export interface ConnectionOptions {
  readonly createSocket: () => Socket;
  /** Asked at each attach, so that it tells the size of the moment. */
  readonly attach: () => Attach;
  readonly onState: (state: ConnectionState) => void;
  /** `done` is to be called when the bytes have been parsed. */
  readonly onBytes: (bytes: Uint8Array, done: () => void) => void;
  readonly onAttached: (resumed: boolean) => void;
  /** Where the program has its person: the same words for the same place, '' for none, undefined while it has not told. */
  readonly place: () => string | undefined;
  /** What is held has changed. `isFull`: not all that was typed is in it. */
  readonly onHeld: (text: string, isFull: boolean) => void;
  /** Words for the person while the connection stands. */
  readonly onNotice: (message: string) => void;
  readonly random?: () => number;
}

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 15_000;
/** A house that is full, or a terminal that could not be started, is not asked every second. */
const REFUSED_DELAY_MS = 10_000;
/** A connection that stood this long was a good one: the next loss starts at the first delay. */
const GOOD_AFTER_MS = 5000;
/** The gateway is heard with each of its pings. After two of them and some it is not there any more. */
const SILENT_MS = 2.5 * PING_INTERVAL_MS;
const FRAME_BYTES = 32 * 1024;
/** What was typed is for a moment that its person has in mind: a program that takes longer finds them elsewhere. */
const PLACE_TIMEOUT_MS = 10_000;
/** A program that takes text at another place may be on its way yet. */
const OTHER_PLACE_MS = 1000;

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #random: () => number;
  readonly #held = new HeldInput();
  #heldFor: 'session' | 'place' = 'session';
  /** Where its person was when the connection was lost. */
  #place: string | undefined;
  /** When that is given up. */
  #placeTimer: { readonly at: number; readonly timer: ReturnType<typeof setTimeout> } | undefined;
  #state: ConnectionState = { name: 'connecting', again: false };
  #socket: Socket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempts = 0;
  #attachedAt = 0;
  #heardAt = 0;
  #hasNetwork = true;
  /** The terminal's, and the one that the gateway knows. */
  #size: Size | undefined;
  #toldSize: Size | undefined;
  /** Until anything else comes: the reason of what follows it at once, and of nothing later. */
  #lastError: Extract<GatewayControl, { type: 'error' }> | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Connects, at once and whatever was before; a standing connection is let go. */
  retry(): void {
    this.#drop();
    this.#set({ name: 'connecting', again: this.#attempts > 0 || this.#attachedAt > 0 });
    this.#open();
  }

  /** The network is back or the page is looked at again: waiting has no sense any more. */
  retryIfWaiting(): void {
    if (this.#state.name === 'waiting') this.retry();
  }

  /** There is no network: the socket is dead, whatever it says. It is tried again by and by, and at once when told to. */
  networkLost(): void {
    this.#hasNetwork = false;
    const socket = this.#socket;
    if (socket !== undefined && ['attached', 'connecting'].includes(this.#state.name)) this.#lost(socket, 0);
  }

  /**
   * A connection can die without a word, and its socket doesn't notice for minutes. To be asked often. A machine's sleep
   * counts too: what it held has gone by then more often than not, and coming back is cheap.
   */
  loseIfSilent(): void {
    const socket = this.#socket;
    if (this.#state.name !== 'attached' || socket === undefined) return;
    if (Date.now() - this.#heardAt >= SILENT_MS) this.#lost(socket, 0);
  }

  /** What stood before the network changed is dead more often than not, and coming back is cheap. */
  networkBack(): void {
    this.#hasNetwork = true;
    if (['attached', 'waiting', 'connecting'].includes(this.#state.name)) this.retry();
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    const isAttached = this.#state.name === 'attached';
    const isLost = this.#state.name === 'waiting' || this.#state.name === 'connecting';
    const holds = (isLost && this.#attachedAt > 0) || (isAttached && this.#heldFor === 'place');
    if (holds && isKept(bytes)) {
      this.#held.hold(bytes);
      this.#tellHeld();
    } else if (isAttached) this.#send(bytes);
  }

  /** The program takes text now, at `place()`. */
  prompted(): void {
    if (this.#state.name !== 'attached' || this.#heldFor !== 'place') return;
    const place = this.#options.place();
    if (place === '') this.#loseHeld();
    else if (place === undefined || place !== this.#place) this.#awaitPlace(OTHER_PLACE_MS);
    else this.#sendHeldText();
  }

  #send(bytes: Uint8Array<ArrayBuffer>): void {
    for (let start = 0; start < bytes.length; start += FRAME_BYTES) {
      this.#socket?.send(bytes.subarray(start, start + FRAME_BYTES));
    }
  }

  resize(cols: number, rows: number): void {
    this.#size = { cols, rows };
    this.#tellSize();
  }

  #tellSize(): void {
    const size = this.#size;
    if (this.#state.name !== 'attached' || size === undefined) return;
    if (size.cols === this.#toldSize?.cols && size.rows === this.#toldSize.rows) return;
    this.#toldSize = size;
    this.#control({ type: 'resize', ...size });
  }

  #open(): void {
    const socket = this.#options.createSocket();
    let unackedBytes = 0;
    this.#socket = socket;
    this.#lastError = undefined;
    socket.binaryType = 'arraybuffer';
    this.#timer = setTimeout(() => this.#lost(socket, 0), ATTACH_TIMEOUT_MS);
    socket.addEventListener('open', () => {
      if (socket !== this.#socket) return;
      const attach = this.#options.attach();
      this.#size = this.#toldSize = { cols: attach.cols, rows: attach.rows };
      this.#control(attach);
    });
    socket.addEventListener('close', ({ code }) => this.#lost(socket, code));
    socket.addEventListener('message', ({ data }) => {
      if (socket !== this.#socket) return;
      this.#heardAt = Date.now();
      if (typeof data === 'string') {
        const message = readGatewayControl(data);
        if (message !== undefined) this.#receive(message);
        return;
      }
      this.#lastError = undefined;
      const bytes = new Uint8Array(data as ArrayBuffer);
      this.#options.onBytes(bytes, () => {
        unackedBytes += bytes.length;
        // What an old socket brought is no debt of the new one's.
        if (unackedBytes < TERMINAL_ACK_BYTES || socket !== this.#socket) return;
        this.#control({ type: 'ack', bytes: unackedBytes });
        unackedBytes = 0;
      });
    });
  }

  #receive(message: GatewayControl): void {
    switch (message.type) {
      case 'attached':
        this.#lastError = undefined;
        clearTimeout(this.#timer);
        this.#attachedAt = Date.now();
        this.#set({ name: 'attached' });
        this.#tellSize();
        this.#options.onAttached(message.resumed);
        this.#attachedTo(message.resumed);
        return;
      case 'alive':
        this.#lastError = undefined;
        return;
      case 'exit':
        return this.#end(this.#lastError?.message);
      case 'error':
        this.#lastError = message;
        if (message.code === 'replaced') this.#leave({ name: 'replaced' });
        else if (this.#state.name === 'attached') this.#options.onNotice(message.message);
    }
  }

  /** Whether it is another session than before, or still one of which that is to be found out. */
  #attachedTo(resumed: boolean): void {
    if (!resumed && !this.#held.isEmpty) this.#heldFor = 'place';
    if (this.#heldFor === 'place') return this.#awaitPlace(PLACE_TIMEOUT_MS);
    this.#deliver(this.#held.isFull, this.#held.take());
  }

  /** No longer than it is waited already. */
  #awaitPlace(timeoutMs: number): void {
    const at = Date.now() + timeoutMs;
    if (this.#placeTimer !== undefined && this.#placeTimer.at <= at) return;
    this.#stopAwaiting();
    this.#placeTimer = { at, timer: setTimeout(() => this.#loseHeld(), timeoutMs) };
  }

  #stopAwaiting(): void {
    clearTimeout(this.#placeTimer?.timer);
    this.#placeTimer = undefined;
  }

  #sendHeldText(): void {
    const { isFull } = this.#held;
    const paste = this.#held.takeAsPaste();
    this.#deliver(isFull, paste === undefined ? [] : [paste]);
  }

  #deliver(isFull: boolean, typed: readonly Uint8Array<ArrayBuffer>[]): void {
    this.#forgetHeld();
    for (const bytes of typed) this.#send(bytes);
    if (isFull) this.#options.onNotice('Not all that you typed without a connection could be kept.');
  }

  #loseHeld(): void {
    const text = this.#held.text.trim();
    this.#forgetHeld();
    if (text !== '') this.#options.onNotice('What you typed without a connection is lost.');
  }

  #forgetHeld(): void {
    this.#stopAwaiting();
    this.#held.take();
    this.#heldFor = 'session';
    this.#tellHeld();
  }

  #tellHeld(): void {
    this.#options.onHeld(this.#held.text, this.#held.isFull);
  }

  #lost(socket: Socket, code: number): void {
    if (socket !== this.#socket) return;
    const wasGood = this.#state.name === 'attached' && Date.now() - this.#attachedAt >= GOOD_AFTER_MS;
    const error = this.#lastError;
    if (code === CLOSE.protocolError)
      return this.#end('This page and the server don’t understand each other. Load it again.');
    if (code === 1000 && error?.code === 'idle') return this.#end(error.message);
    this.#drop();
    this.#attempts = wasGood ? 1 : this.#attempts + 1;
    const refused = error?.code === 'full' || error?.code === 'unavailable';
    const grown = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.#attempts - 1));
    // Up to half more or less, so that those who lost the same server don't all come back in one moment.
    const delayMs = (refused ? Math.max(REFUSED_DELAY_MS, grown) : grown) * (0.5 + this.#random());
    const reason = refused ? error.message : this.#hasNetwork ? undefined : 'There is no network.';
    this.#set({ name: 'waiting', retryAt: Date.now() + delayMs, reason });
    this.#timer = setTimeout(() => this.retry(), delayMs);
  }

  #end(reason: string | undefined): void {
    this.#attempts = 0;
    this.#leave({ name: 'ended', reason });
  }

  #leave(state: ConnectionState): void {
    this.#forgetHeld();
    this.#drop();
    this.#set(state);
  }

  #drop(): void {
    clearTimeout(this.#timer);
    this.#stopAwaiting();
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  #set(state: ConnectionState): void {
    if (this.#state.name === 'attached' && this.#heldFor === 'session') this.#place = this.#options.place();
    this.#state = state;
    this.#options.onState(state);
  }

  #control(message: PageControl): void {
    this.#socket?.send(JSON.stringify(message));
  }
}
