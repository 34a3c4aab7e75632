/**
 * One WebSocket at `/terminal`: checks every frame and hands on what is meant. Knows sessions, not programs.
 *
 *   page                        gateway
 *    │ ── attach ────────────────▶ │   first, within 10 s, once
 *    │ ◀─────────────── attached ─ │
 *    │ ◀═══════ bytes ═══════════▶ │   binary
 *    │ ── resize, ack ───────────▶ │
 *    │ ◀───────────────── alive ─ │   with each ping
 *    │ ◀───────── exit or error ── │   then a close
 *
 *   waiting ──attach──▶ attached ──dismissed, lost or a bad frame──▶ closed
 */
import { type Attach, clampSize, CLOSE, decodePageControl, type GatewayControl, MISSED_PONGS } from '@parley/protocol';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Session, Viewer, ViewerEnd } from './session.ts';
import type { Sessions } from './sessions.ts';
import type { TerminalOrder } from './terminal-session.ts';

/** How long `attached` waits for the first bytes, to go with them: a write less, and a wake-up less of everyone on the way. */
const FIRST_BYTES_MS = 20;
/** How long a peer may take to answer a close before its socket is cut. */
const CLOSE_TIMEOUT_MS = 2000;
/** What browsers close the sockets of a page with that is closed, left or loaded anew. */
const PAGE_CLOSED = 1001;
/** A gateway that goes away is waited for: one phone that is asleep must not hold up everyone's coming back. */
const GOING_AWAY_TIMEOUT_MS = 500;

export interface TerminalSocketTimes {
  readonly attachTimeoutMs: number;
  readonly pingIntervalMs: number;
}

/** What the request that opened the socket tells. */
export interface TerminalVisitor {
  readonly address: string;
  /** The key of this browser's session for the tab; undefined without a cookie. */
  keyOf(tab: string): string | undefined;
}

type State = { name: 'waiting'; timeout: NodeJS.Timeout } | { name: 'attached'; session: Session } | { name: 'closed' };

export class TerminalSocket implements Viewer {
  readonly #socket: WebSocket;
  /** What the socket writes to. */
  readonly #transport: Duplex;
  readonly #sessions: Sessions;
  readonly #visitor: TerminalVisitor;
  readonly #pings: NodeJS.Timeout;
  #state: State;
  #unansweredPings = 0;
  #inputIsHeld = false;
  /** While frames are held back. */
  #release: NodeJS.Timeout | undefined;

  constructor(
    socket: WebSocket,
    transport: Duplex,
    sessions: Sessions,
    visitor: TerminalVisitor,
    times: TerminalSocketTimes,
  ) {
    this.#socket = socket;
    this.#transport = transport;
    this.#sessions = sessions;
    this.#visitor = visitor;
    const timeout = setTimeout(() => this.dismiss(CLOSE.tooLate), times.attachTimeoutMs);
    this.#state = { name: 'waiting', timeout };
    this.#pings = setInterval(() => this.#ping(), times.pingIntervalMs);
    // ws gives Buffers unless told otherwise.
    socket.on('message', (data: Buffer, isBinary) => this.#receive(data, isBinary));
    socket.on('pong', () => (this.#unansweredPings = 0));
    socket.on('close', (code) => this.#leave(code === PAGE_CLOSED ? 'page closed' : 'lost'));
    // A frame over the limit or a broken one: ws closes the socket by itself, and 'close' follows.
    socket.on('error', () => {});
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  sendBytes(bytes: Uint8Array, onSent: () => void): void {
    this.#socket.send(bytes, { binary: true }, onSent);
    this.#releaseFrames();
  }

  sendControl(message: GatewayControl): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (message.type === 'attached') this.#holdFrames();
    this.#socket.send(JSON.stringify(message));
  }

  holdInput(held: boolean): void {
    this.#inputIsHeld = held;
    if (held) this.#socket.pause();
    else this.#socket.resume();
  }

  /** Closes the socket in order, and cuts it when the peer doesn't answer. */
  dismiss(code: number): void {
    this.#leave('lost');
    // A socket that is held would not see the peer's answer.
    this.holdInput(false);
    this.#socket.close(code);
    this.#releaseFrames();
    const timeoutMs = code === CLOSE.goingAway ? GOING_AWAY_TIMEOUT_MS : CLOSE_TIMEOUT_MS;
    const cut = setTimeout(() => this.#socket.terminate(), timeoutMs);
    this.#socket.once('close', () => clearTimeout(cut));
  }

  #receive(data: Buffer, isBinary: boolean): void {
    const state = this.#state;
    if (state.name === 'closed') return;
    if (isBinary) {
      if (state.name === 'waiting') return this.#refuse('Bytes came before attach.');
      return state.session.input(this, data);
    }
    const control = decodePageControl(data.toString('utf8'));
    if (control === undefined) return this.#refuse('A control frame has the wrong shape.');
    switch (control.type) {
      case 'attach':
        if (state.name !== 'waiting') return this.#refuse('This connection is attached already.');
        clearTimeout(state.timeout);
        return this.#attach(control);
      case 'resize':
        if (state.name !== 'attached') return this.#refuse('A resize came before attach.');
        return state.session.resize(this, clampSize(control));
      case 'ack':
        if (state.name !== 'attached') return this.#refuse('An ack came before attach.');
        return state.session.acknowledge(this, control.bytes);
    }
  }

  #attach({ cols, rows, tab, fresh = false, room, nick, timezone, theme }: Attach): void {
    const order: TerminalOrder = {
      size: clampSize({ cols, rows }),
      address: this.#visitor.address,
      key: tab === undefined ? undefined : this.#visitor.keyOf(tab),
      fresh,
      room,
      nick,
      timezone,
      theme,
    };
    const session = this.#sessions.attach(order, this);
    if ('refused' in session) {
      this.sendControl({ type: 'error', code: 'full', message: session.refused });
      return this.dismiss(CLOSE.flooding);
    }
    this.#state = { name: 'attached', session };
  }

  #refuse(message: string): void {
    this.sendControl({ type: 'error', code: 'bad_request', message });
    this.dismiss(CLOSE.protocolError);
  }

  #holdFrames(): void {
    if (this.#release !== undefined) return;
    this.#transport.cork();
    this.#release = setTimeout(() => this.#releaseFrames(), FIRST_BYTES_MS);
  }

  #releaseFrames(): void {
    if (this.#release === undefined) return;
    clearTimeout(this.#release);
    this.#release = undefined;
    this.#transport.uncork();
  }

  #leave(how: ViewerEnd): void {
    const state = this.#state;
    if (state.name === 'closed') return;
    this.#state = { name: 'closed' };
    clearInterval(this.#pings);
    if (state.name === 'waiting') clearTimeout(state.timeout);
    else this.#sessions.leave(state.session, this, how);
  }

  #ping(): void {
    // While its bytes are held back, its pongs are too, and so is its end: but one that is gone can't be written to.
    if (!this.#inputIsHeld) {
      if (this.#unansweredPings >= MISSED_PONGS) return this.#socket.terminate();
      this.#unansweredPings += 1;
    }
    this.#socket.ping();
    this.sendControl({ type: 'alive' });
  }
}
