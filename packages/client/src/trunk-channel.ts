/**
 * One client's socket among those that share a WebSocket. Knows frames, no messages, and of the WebSocket what it takes to
 * be carried by it.
 *
 *   waiting ──the trunk is up──▶ open ──close(), the other side's close, the trunk's end──▶ over
 *      ├──close(), the trunk's end──▶ over
 *      └──the server knows no trunks──▶ a socket of its own, which does the rest
 *
 * In a lively room everything goes to everyone, and a client looks at it some times a second. So a channel that has told of
 * news keeps what follows, if its client likes, and until that looks costs next to nothing:
 *
 *   telling ──keepNews()──▶ keeping ──takeNews(), an answer, an event beside hints, too much──▶ telling
 */
import { encodeTrunkClose, encodeTrunkOpen, encodeTrunkText } from '@parley/protocol';
import type { SharedFrame } from './shared-messages.ts';
import { type ClientSocket, type CreateSocket, openWebSocket, type SocketListener } from './socket.ts';

/** What the socket would have been opened with alone. */
export type Opening = Parameters<CreateSocket>;

/** What a channel needs of the connection that it shares. */
export interface ChannelCarrier {
  send(frame: Uint8Array): void;
  /** The place in the news from which on the channel keeps what is for it. */
  startKeeping(channel: TrunkChannel): number;
  /** What came for the channel from a place on. It keeps nothing any more. */
  stopKeeping(channel: TrunkChannel, place: number): readonly string[];
  /** Something was to come of the connection, and has not. */
  doubt(): void;
  /** The channel of that number is over. */
  forget(number: number): void;
}

export class TrunkChannel implements ClientSocket {
  readonly #trunk: ChannelCarrier;
  readonly #number: number;
  readonly #ticket: string;
  readonly #opening: Opening;
  #state: 'waiting' | 'open' | 'over' = 'waiting';
  /** Its own socket, where there are no trunks. */
  #own: ClientSocket | undefined;
  /** Where in the trunk's news is what it keeps; undefined while it tells. */
  #place: number | undefined;
  #keepsEvents = false;

  constructor(trunk: ChannelCarrier, number: number, ticket: string, opening: Opening) {
    this.#trunk = trunk;
    this.#number = number;
    this.#ticket = ticket;
    this.#opening = opening;
  }

  get #listener(): SocketListener {
    return this.#opening[2];
  }

  send(text: string): void {
    if (this.#own !== undefined) this.#own.send(text);
    else if (this.#state === 'open') this.#trunk.send(encodeTrunkText(this.#number, text));
  }

  close(code: number): void {
    if (this.#own !== undefined) this.#own.close(code);
    else this.#leave(code);
  }

  terminate(): void {
    if (this.#own !== undefined) return this.#own.terminate();
    this.#leave(1006);
    this.#trunk.doubt();
  }

  /** For the trunk: it is up. */
  begin(): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'open';
    this.#trunk.send(encodeTrunkOpen(this.#number, this.#ticket));
    this.#listener.opened();
  }

  /** For the trunk: where what it keeps begins. */
  get place(): number | undefined {
    return this.#place;
  }

  keepNews(what: 'all' | 'hints'): void {
    if (this.#state !== 'open' || this.#own !== undefined) return;
    this.#keepsEvents = what === 'all';
    this.#place ??= this.#trunk.startKeeping(this);
  }

  takeNews(): readonly string[] {
    const place = this.#place;
    if (place === undefined) return [];
    this.#place = undefined;
    return this.#trunk.stopKeeping(this, place);
  }

  /** For the trunk: whether news of that kind waits until it is taken. */
  keeps(kind: SharedFrame['news']): boolean {
    return this.#place !== undefined && (this.#keepsEvents || kind === 'hints');
  }

  /** For the trunk: news, which is among what it keeps if it keeps anything. */
  hear(text: string): void {
    if (this.#place === undefined) this.received(text);
    else this.tellKept();
  }

  /** For the trunk: what it keeps is to be told now. */
  tellKept(): void {
    for (const text of this.takeNews()) if (this.#state === 'open') this.#listener.received(text);
  }

  /** For the trunk: something that is no news to keep. */
  received(text: string): void {
    this.tellKept();
    if (this.#state === 'open') this.#listener.received(text);
  }

  /** For the trunk: the other side has shown a sign of life. */
  alive(): void {
    if (this.#state === 'open') this.#listener.alive();
  }

  /** For the trunk: the other side has closed it, or is gone. */
  end(code: number, reason: string): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#listener.closed(code, reason);
    this.takeNews();
  }

  /** For the trunk: there is none. */
  goAlone(): void {
    if (this.#state !== 'over') this.#own = openWebSocket(...this.#opening);
  }

  #leave(code: number): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.takeNews();
    this.#trunk.send(encodeTrunkClose(this.#number));
    this.#trunk.forget(this.#number);
    queueMicrotask(() => this.#listener.closed(code, ''));
  }
}
