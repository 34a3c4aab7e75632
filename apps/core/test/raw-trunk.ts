/** A bare trunk for protocol tests: opens channels, sends anything, keeps every frame. */
import type { Socket } from 'node:net';
import {
  decodeTrunkNews,
  encodeTrunkClose,
  encodeTrunkOpen,
  encodeTrunkText,
  type ServerMessage,
  TICKET_HEADER,
  type TrunkNews,
} from '@parley/protocol';
import { pollFor } from '@parley/testkit';
import { WebSocket } from 'ws';
import { uniqueNick } from './start-test-core.ts';

export class RawTrunk {
  readonly #socket: WebSocket;
  /** What carries the WebSocket. */
  #carrier: Socket | undefined;
  readonly #ticket: string;
  /** Whom each text was for, in order. */
  readonly texts: Extract<TrunkNews, { kind: 'text' }>[] = [];
  readonly #messages = new Map<number, ServerMessage[]>();
  readonly #closed = new Map<number, number>();
  #closeCode: number | undefined;
  #lastId = 0;

  private constructor(socket: WebSocket, ticket: string) {
    this.#socket = socket;
    this.#ticket = ticket;
    socket.once('upgrade', (response) => (this.#carrier = response.socket));
    socket.on('message', (data: Buffer) => this.#take(decodeTrunkNews(data)));
    socket.on('close', (code) => (this.#closeCode = code));
    // The close that follows says what a test can check.
    socket.on('error', () => {});
  }

  /** Rejects with the HTTP status in words when the upgrade is refused. */
  static async open(url: string, ticket: string | undefined): Promise<RawTrunk> {
    const headers: Record<string, string> = ticket === undefined ? {} : { [TICKET_HEADER]: ticket };
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws/trunk`, { headers });
    const trunk = new RawTrunk(socket, ticket ?? '');
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('error', reject);
    });
    return trunk;
  }

  openChannel(channel: number, ticket = this.#ticket): void {
    this.#socket.send(encodeTrunkOpen(channel, ticket));
  }

  /** Opens a channel and says hello as a guest; resolves with its welcome. */
  async enter(channel: number, nick = uniqueNick()): Promise<ServerMessage> {
    this.openChannel(channel);
    this.send(channel, { type: 'hello', version: 1, nick });
    return this.next(channel, ({ type }) => type === 'welcome');
  }

  send(channel: number, frame: object | string): void {
    this.#socket.send(encodeTrunkText(channel, typeof frame === 'string' ? frame : JSON.stringify(frame)));
  }

  sendRaw(frame: string | Uint8Array): void {
    this.#socket.send(frame);
  }

  closeChannel(channel: number): void {
    this.#socket.send(encodeTrunkClose(channel));
  }

  request(channel: number, request: { type: string } & Record<string, unknown>): Promise<ServerMessage> {
    const id = (this.#lastId += 1);
    this.send(channel, { id, ...request });
    return this.next(channel, (message) => 're' in message && message.re === id);
  }

  messages(channel: number): readonly ServerMessage[] {
    return this.#messages.get(channel) ?? [];
  }

  async next(channel: number, matches: (message: ServerMessage) => boolean): Promise<ServerMessage> {
    const found = await pollFor(
      () => this.messages(channel).find(matches),
      (message) => message !== undefined,
      { what: `a message for channel ${channel}: ${matches.toString()}` },
    );
    if (found === undefined) throw new Error('unreachable');
    return found;
  }

  /** With which code a channel was closed, waiting for it. */
  async closedChannel(channel: number): Promise<number | undefined> {
    return pollFor(
      () => this.#closed.get(channel),
      (code) => code !== undefined,
      { what: `channel ${channel} to be closed` },
    );
  }

  get closedChannels(): ReadonlyMap<number, number> {
    return this.#closed;
  }

  /** With which code the trunk was closed, waiting for it. */
  async closed(): Promise<number | undefined> {
    return pollFor(
      () => this.#closeCode,
      (code) => code !== undefined,
      { what: 'the trunk to be closed' },
    );
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Sends FIN without a goodbye. */
  halfClose(): void {
    this.#carrier?.end();
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #take(news: TrunkNews | undefined): void {
    if (news === undefined) throw new Error('The server sent what is no frame of a trunk.');
    if (news.kind === 'close') {
      for (const channel of news.channels) this.#closed.set(channel, news.code);
      return;
    }
    this.texts.push(news);
    const value = JSON.parse(Buffer.from(news.text).toString()) as ServerMessage | ServerMessage[];
    for (const channel of news.channels) {
      const messages = this.#messages.get(channel) ?? [];
      messages.push(...(Array.isArray(value) ? value : [value]));
      this.#messages.set(channel, messages);
    }
  }
}
