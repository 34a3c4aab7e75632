/** A bare WebSocket client for protocol tests: sends anything, keeps every frame, never reconnects. */
import type { Socket } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import type { ServerMessage } from '@parley/protocol';
import { type ClientOptions, WebSocket } from 'ws';
import { pollFor } from './poll-for.ts';

export interface RawClientOptions {
  headers?: Record<string, string>;
  origin?: string;
}

/** A message is matched by a predicate or by some of its fields. */
export type Match = ((message: ServerMessage) => boolean) | Readonly<Record<string, unknown>>;

/** A message with the fields that its type may have: what a test looks into. */
export type AnyMessage = ServerMessage & Readonly<Record<string, unknown>>;

export class RawClient {
  readonly #socket: WebSocket;
  /** What carries the WebSocket. */
  #carrier: Socket | undefined;
  #close: { code: number; reason: string } | undefined;
  #lastId = 0;
  readonly #unread: ServerMessage[] = [];
  /** Text frames as they came. */
  readonly frames: string[] = [];
  /** Every message in order, arrays taken apart. */
  readonly messages: ServerMessage[] = [];

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.once('upgrade', (response) => (this.#carrier = response.socket));
    socket.on('message', (data, isBinary) => {
      const text = (data as Buffer).toString();
      if (isBinary) return;
      this.frames.push(text);
      const value = JSON.parse(text) as ServerMessage | ServerMessage[];
      this.messages.push(...(Array.isArray(value) ? value : [value]));
      this.#unread.push(...(Array.isArray(value) ? value : [value]));
    });
    socket.on('close', (code, reason) => (this.#close = { code, reason: reason.toString() }));
    // The close that follows says what a test can check.
    socket.on('error', () => {});
  }

  /** Opens a socket. Rejects with the HTTP status in words when the upgrade is refused. */
  static async open(url: string, options: RawClientOptions = {}): Promise<RawClient> {
    const { origin, headers = {} } = options;
    const socketOptions: ClientOptions = { headers, perMessageDeflate: false };
    if (origin !== undefined) socketOptions.origin = origin;
    const socket = new WebSocket(toSocketUrl(url), socketOptions);
    const client = new RawClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('error', reject);
    });
    return client;
  }

  /** Opens a socket and says hello, as a guest when `hello` is a nick. Answers after `welcome`. */
  static async enter(url: string, hello: string | object, options: RawClientOptions = {}): Promise<RawClient> {
    const client = await RawClient.open(url, options);
    client.send({ type: 'hello', version: 1, ...(typeof hello === 'string' ? { nick: hello } : hello) });
    const answer = await client.next((message) => message.type === 'welcome' || message.type === 'error');
    if (answer.type === 'welcome') return client;
    client.terminate();
    throw new Error(`Hello was answered with ${JSON.stringify(answer)}`);
  }

  /** Sends a JSON object, a text frame as it is, or a binary frame. */
  send(frame: object | string | Buffer): void {
    this.#socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
  }

  /** Sends objects in one write. */
  sendTogether(frames: readonly object[]): void {
    this.#carrier?.cork();
    for (const frame of frames) this.send(frame);
    this.#carrier?.uncork();
  }

  /** Sends a request with an id and answers what comes back for it, an error included. */
  async request(request: { type: string } & Record<string, unknown>): Promise<AnyMessage> {
    const id = (this.#lastId += 1);
    this.send({ id, ...request });
    return this.next({ re: request.id ?? id });
  }

  /** Takes the first message that matches and was not taken yet, waiting for it. */
  async next(match: Match): Promise<AnyMessage> {
    const what = typeof match === 'function' ? match.toString() : JSON.stringify(match);
    await pollFor(
      () => ({ unread: this.#unread, closed: this.#close }),
      ({ unread, closed }) => unread.some((message) => matches(message, match)) || closed !== undefined,
      { intervalMs: 2, what: `a message: ${what}` },
    );
    const index = this.#unread.findIndex((message) => matches(message, match));
    const message = this.#unread[index];
    if (message === undefined) {
      throw new Error(
        `The socket closed (${JSON.stringify(this.#close)}) before ${what} came; unread: ${this.#tail()}`,
      );
    }
    this.#unread.splice(index, 1);
    return message;
  }

  /** Messages that match and were not taken yet, without waiting. */
  unread(match: Match = {}): AnyMessage[] {
    return this.#unread.filter((message) => matches(message, match));
  }

  /** The code of the close, waiting for it. */
  async closed(): Promise<number> {
    const close = await pollFor(
      () => this.#close,
      (value) => value !== undefined,
      { what: `the socket to close; unread: ${this.#tail()}` },
    );
    return close?.code ?? 0;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Stops reading from the socket, as a stalled client does. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(code = 1000): void {
    this.#socket.close(code);
  }

  /** Sends FIN without a goodbye: nothing more is said, and what comes may still be read. */
  halfClose(): void {
    this.#carrier?.end();
  }

  /** Drops the connection without a goodbye. */
  terminate(): void {
    this.#socket.terminate();
  }

  #tail(): string {
    return JSON.stringify(this.#unread.slice(-5)).slice(0, 2000);
  }
}

function matches(message: ServerMessage, match: Match): boolean {
  if (typeof match === 'function') return match(message);
  const fields = message as unknown as Record<string, unknown>;
  return Object.entries(match).every(([name, value]) => isDeepStrictEqual(fields[name], value));
}

/** `http://host` becomes `ws://host/ws`; a WebSocket's address stays as it is. */
function toSocketUrl(url: string): string {
  return url.startsWith('http') ? `${url.replace(/^http/, 'ws').replace(/\/$/, '')}/ws` : url;
}
