/** A page's connection in the hands of a test, which is the other end of its sockets; with a clock that stands still. */
import type { GatewayControl } from '@parley/protocol';
import { afterEach, beforeEach, vi } from 'vitest';
import { Connection, type Socket } from './connection.ts';

/** A socket that the test is the other end of. */
class TornSocket implements Socket {
  binaryType = 'blob';
  closed = false;
  readonly sent: (string | Uint8Array)[] = [];
  readonly #listeners = new Map<string, (event: never) => void>();

  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.sent.push(data);
  }
  close(): void {
    this.closed = true;
  }
  addEventListener(type: string, listener: (event: never) => void): void {
    this.#listeners.set(type, listener);
  }

  emit(type: string, event: unknown = {}): void {
    this.#listeners.get(type)?.(event as never);
  }
  control(message: GatewayControl): void {
    this.emit('message', { data: JSON.stringify(message) });
  }
  bytes(count: number): void {
    this.emit('message', { data: new ArrayBuffer(count) });
  }
  get controls(): unknown[] {
    return this.sent.filter((data) => typeof data === 'string').map((data) => JSON.parse(data) as unknown);
  }
}

/** In a file's top level: a connection for each of its tests, at its first try. */
export class ConnectionBench {
  /** All that were made, the present one last. */
  readonly sockets: TornSocket[] = [];
  readonly notices: string[] = [];
  /** Whether each attaching resumed a session. */
  readonly attached: boolean[] = [];
  readonly held: [text: string, isFull: boolean][] = [];
  /** To be called when the bytes of a frame are parsed, frame by frame. */
  readonly parsed: (() => void)[] = [];
  /** What the program tells of where its person is. */
  place: string | undefined;
  #connection: Connection | undefined;

  constructor() {
    const { sockets, notices, attached, held, parsed } = this;
    beforeEach(() => {
      vi.useFakeTimers();
      for (const list of [sockets, notices, attached, held, parsed]) list.length = 0;
      this.place = '#lobby · Parley';
      this.#connection = new Connection({
        createSocket: () => {
          const socket = new TornSocket();
          sockets.push(socket);
          return socket;
        },
        attach: () => ({ type: 'attach', cols: 80, rows: 24, tab: 'a-tab-id' }),
        onState: () => {},
        onBytes: (_bytes, done) => parsed.push(done),
        onAttached: (resumed) => attached.push(resumed),
        place: () => this.place,
        onHeld: (text, isFull) => held.push([text, isFull]),
        onNotice: (message) => notices.push(message),
        random: () => 0.5,
      });
      this.#connection.retry();
    });
    afterEach(() => void vi.useRealTimers());
  }

  get connection(): Connection {
    if (this.#connection === undefined) throw new Error('There is a connection within a test only.');
    return this.#connection;
  }

  readonly last = (): TornSocket => {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error('no socket was made');
    return socket;
  };

  readonly attach = (): void => {
    this.last().emit('open');
    this.last().control({ type: 'attached', resumed: false });
  };

  readonly lose = (code = 1006): void => {
    this.last().emit('close', { code });
  };

  readonly waitForRetry = (): void => {
    const { state } = this.connection;
    if (state.name === 'waiting') vi.advanceTimersByTime(state.retryAt - Date.now());
    const { name } = this.connection.state;
    if (name !== 'connecting') throw new Error(`it is ${name}`);
  };
}
