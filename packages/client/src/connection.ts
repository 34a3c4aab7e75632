/**
 * Keeps one socket to the server alive: opens it, says hello, watches over it, waits and opens the next. Carries out
 * what connection-state.ts decides. Knows no rooms and no requests beyond hello and ping.
 */
import {
  ChatError,
  encodeRequest,
  PROTOCOL_VERSION,
  type RequestType,
  type ServerMessage,
  type Welcome,
} from '@parley/protocol';
import { toError } from './answers.ts';
import type { Clock } from './clock.ts';
import { type ConnectionState, type Occurrence, transition } from './connection-state.ts';
import { Heartbeat } from './heartbeat.ts';
import { decodeShared, type SharedFrame } from './shared-messages.ts';
import type { ClientSocket, CreateSocket } from './socket.ts';

/** What goes into hello besides the version. */
interface Greeting {
  token?: string;
  nick?: string;
  resume: Readonly<Record<string, number>>;
}

export interface ConnectionOptions {
  url: string;
  headers: Readonly<Record<string, string>>;
  createSocket: CreateSocket;
  clock: Clock;
  random: () => number;
  greeting(): Greeting;
  /** A fresh token after `unauthorized`; undefined when there is no way to get one. */
  renew(): Promise<void> | undefined;
  welcomed(welcome: Welcome): void;
  /** A frame has come while online. True: it is kept for later, and not `received`. */
  keeps(frame: SharedFrame): boolean;
  received(message: ServerMessage): void;
  changed(state: ConnectionState, before: ConnectionState): void;
}

/** A request as it is written: the type says what else it holds. */
export interface OutgoingRequest {
  readonly type: RequestType;
  readonly [field: string]: unknown;
}

/** From the first byte to `welcome`, the server's own patience with a hello included. */
const WELCOME_TIMEOUT_MS = 20_000;

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #heartbeat: Heartbeat;
  #state: ConnectionState = { name: 'idle' };
  #socket: ClientSocket | undefined;
  #cancelTimer: () => void = () => {};
  #renewed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#heartbeat = new Heartbeat({
      clock: options.clock,
      ask: () => this.send({ type: 'ping' }),
      giveUp: () => this.#lose(1006, 'The server went silent.'),
    });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  connect(): void {
    this.#apply({ type: 'connect' });
  }

  /** Ends the wait for the next attempt. */
  retryNow(): void {
    this.#apply({ type: 'retry' });
  }

  close(): void {
    this.#apply({ type: 'close' });
  }

  /** Writes one request. Call it when online only; a socket that is closing drops it. */
  send(request: OutgoingRequest): void {
    this.#socket?.send(encodeRequest(request));
  }

  /** Frames that the socket has kept since one of which `keeps` said so: they come after it. */
  takeNews(): readonly SharedFrame[] {
    const frames: SharedFrame[] = [];
    for (const text of this.#socket?.takeNews?.() ?? []) {
      const frame = decodeShared(text);
      if (frame !== undefined) frames.push(frame);
    }
    if (frames.length > 0) this.#heartbeat.heard();
    return frames;
  }

  #apply(occurrence: Occurrence): void {
    const before = this.#state;
    const state = transition(before, occurrence);
    if (state === before) return;
    this.#state = state;
    this.#cancelTimer();
    this.#options.changed(state, before);
    // A listener may have moved on already, by `close()` or `retryNow()`.
    if (this.#state !== state) return;
    switch (state.name) {
      case 'connecting':
        this.#renewed = false;
        this.#open();
        break;
      case 'online':
        this.#heartbeat.start();
        break;
      case 'waiting':
        this.#drop();
        this.#cancelTimer = this.#options.clock.after(Math.max(0, state.retryAt - this.#options.clock.now()), () =>
          this.retryNow(),
        );
        break;
      case 'idle':
      case 'refused':
      case 'closed':
        this.#drop();
        break;
    }
  }

  #open(): void {
    this.#drop();
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.after(WELCOME_TIMEOUT_MS, () =>
      this.#lose(1006, 'The server did not answer in time.'),
    );
    let socket: ClientSocket;
    // Every callback of a socket that was given up is ignored: its successor may be open already.
    const current = (then: () => void): void => {
      if (this.#socket === socket) then();
    };
    try {
      socket = this.#options.createSocket(
        this.#options.url,
        { headers: this.#options.headers },
        {
          opened: () => current(() => this.#greet()),
          received: (text) => current(() => this.#receive(text)),
          alive: () => current(() => this.#heartbeat.heard()),
          closed: (code, reason) => current(() => this.#lose(code, reason)),
        },
      );
    } catch (error) {
      // An address that is no URL.
      const message = error instanceof Error ? error.message : String(error);
      this.#turnAway(new ChatError('bad_request', message));
      return;
    }
    this.#socket = socket;
  }

  #greet(): void {
    this.send({ type: 'hello', version: PROTOCOL_VERSION, ...this.#options.greeting() });
  }

  #receive(text: string): void {
    this.#heartbeat.heard();
    const frame = decodeShared(text);
    if (frame === undefined) {
      this.#lose(1002, 'The server sent something that is no message.');
      return;
    }
    const socket = this.#socket;
    if (this.#state.name === 'online' && this.#options.keeps(frame)) {
      // What else there is of it will be asked for together.
      socket?.keepNews?.(frame.news === 'events' ? 'all' : 'hints');
      return;
    }
    for (const message of frame.messages) {
      // What handles one message may close the connection: the rest of the frame is no longer ours.
      if (this.#socket !== socket) return;
      this.#handle(message);
    }
  }

  #handle(message: ServerMessage): void {
    if (this.#state.name === 'online') {
      this.#options.received(message);
    } else if (message.type === 'welcome') {
      this.#options.welcomed(message);
      this.#apply({ type: 'welcomed', you: message.you, limits: message.limits });
    } else if (message.type === 'error') {
      this.#turnAway(toError(message));
    }
  }

  #turnAway(error: ChatError): void {
    const renewing = error.code === 'unauthorized' && !this.#renewed ? this.#options.renew() : undefined;
    if (renewing === undefined) {
      this.#apply({ type: 'turned_away', error, ...this.#moment() });
      return;
    }
    this.#renewed = true;
    this.#drop();
    this.#cancelTimer();
    void this.#reopenAfter(renewing, error);
  }

  async #reopenAfter(renewing: Promise<void>, refusal: ChatError): Promise<void> {
    const state = this.#state;
    try {
      await renewing;
    } catch (cause) {
      if (this.#state !== state) return;
      this.#apply({ type: 'turned_away', error: cause instanceof ChatError ? cause : refusal, ...this.#moment() });
      return;
    }
    if (this.#state === state) this.#open();
  }

  #lose(code: number, reason: string): void {
    this.#apply({ type: 'lost', code, reason, ...this.#moment() });
  }

  #moment(): { at: number; random: number } {
    return { at: this.#options.clock.now(), random: this.#options.random() };
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#heartbeat.stop();
    if (socket === undefined) return;
    // A polite goodbye lets the server announce it at once; terminate follows for one that does not answer.
    if (this.#state.name === 'closed') socket.close(1000);
    else socket.terminate();
  }
}
