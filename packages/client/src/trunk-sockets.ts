/**
 * Sockets of many clients of one process over one WebSocket (see trunk of the protocol): what the server tells them alike
 * is received once. A drop-in for `openWebSocket`, for clients that show a ticket.
 *
 *   none ──open()──▶ opening ──open──▶ up ──its last channel closes, REST_MS──▶ none
 *     ▲                │  └──the server knows no trunks──▶ none, and each channel has a socket of its own
 *     └────lost────────┴─────lost: each channel is closed, and its client opens another────────┘
 *
 * Invariant: a channel's listener hears nothing before `open` has returned, and `closed` once. What one listener throws is
 * its own: the others hear what was for them first.
 */
import { decodeTrunkNews, encodeTrunkClose, encodeTrunkOpen, encodeTrunkText } from '@parley/protocol';
import { WebSocket } from 'ws';
import {
  type ClientSocket,
  type CreateSocket,
  openWebSocket,
  SOCKET_OPTIONS,
  type SocketListener,
  describeFault,
} from './socket.ts';

const TICKET = 'x-parley-ticket';
/** A trunk without channels stays that long. */
const REST_MS = 10_000;
/** A server that has nothing at the path, or nothing for us. */
const NO_TRUNK: readonly number[] = [400, 403, 404, 426];

type Opening = Parameters<CreateSocket>;

export class TrunkSockets {
  readonly #trunks = new Map<string, Trunk>();

  readonly open: CreateSocket = (url, options, listener) => {
    const ticket = options.headers[TICKET];
    if (ticket === undefined) return openWebSocket(url, options, listener);
    let trunk = this.#trunks.get(url);
    if (trunk === undefined) {
      trunk = new Trunk(url, options.headers, () => {
        if (this.#trunks.get(url) === trunk) this.#trunks.delete(url);
      });
      this.#trunks.set(url, trunk);
    }
    return trunk.open(ticket, [url, options, listener]);
  };
}

class Trunk {
  readonly #socket: WebSocket;
  readonly #gone: () => void;
  readonly #channels = new Map<number, Channel>();
  #lastNumber = 0;
  #isUp = false;
  #problem = '';
  #rest: NodeJS.Timeout | undefined;

  /** `gone`: nothing more can be opened on it. */
  constructor(url: string, headers: Readonly<Record<string, string>>, gone: () => void) {
    this.#gone = gone;
    this.#socket = new WebSocket(`${url}/trunk`, { headers: { ...headers }, ...SOCKET_OPTIONS });
    const socket = this.#socket;
    socket.on('open', () => {
      this.#isUp = true;
      for (const channel of this.#channels.values()) channel.begin();
    });
    socket.on('message', (data) => this.#receive(data as Buffer));
    socket.on('ping', () => {
      for (const channel of this.#channels.values()) channel.alive();
    });
    socket.on('unexpected-response', (request, response) => {
      request.destroy();
      if (NO_TRUNK.includes(response.statusCode ?? 0)) this.#standAside();
      else this.#end(1006, describeFault(new Error(`Unexpected server response: ${response.statusCode}`)));
    });
    socket.on('error', (error) => (this.#problem = describeFault(error)));
    socket.on('close', (code, reason) => this.#end(code, reason.toString() || this.#problem));
  }

  open(ticket: string, opening: Opening): ClientSocket {
    clearTimeout(this.#rest);
    const number = ++this.#lastNumber;
    const channel = new Channel(opening, {
      open: () => this.#send(encodeTrunkOpen(number, ticket)),
      send: (text) => this.#send(encodeTrunkText(number, text)),
      close: () => {
        this.#send(encodeTrunkClose(number));
        this.#forget(number);
      },
    });
    this.#channels.set(number, channel);
    if (this.#isUp) queueMicrotask(() => channel.begin());
    return channel;
  }

  #send(frame: Uint8Array): void {
    if (this.#isUp) this.#socket.send(frame);
  }

  #receive(data: Buffer): void {
    const news = decodeTrunkNews(data);
    if (news === undefined) return this.#socket.terminate();
    if (news.kind === 'close') {
      for (const number of news.channels) {
        const channel = this.#channels.get(number);
        this.#forget(number);
        channel?.end(news.code, news.reason);
      }
      return;
    }
    const { buffer, byteOffset, byteLength } = news.text;
    // One string for all of them: what is made of it is looked up by it.
    const text = Buffer.from(buffer, byteOffset, byteLength).toString();
    for (const number of news.channels) this.#channels.get(number)?.received(text);
  }

  #forget(number: number): void {
    this.#channels.delete(number);
    if (this.#channels.size > 0) return;
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => {
      this.#gone();
      this.#socket.close(1000);
    }, REST_MS);
    this.#rest.unref();
  }

  #standAside(): void {
    this.#gone();
    const channels = [...this.#channels.values()];
    this.#channels.clear();
    for (const channel of channels) channel.goAlone();
  }

  #end(code: number, reason: string): void {
    this.#isUp = false;
    clearTimeout(this.#rest);
    this.#gone();
    const channels = [...this.#channels.values()];
    this.#channels.clear();
    for (const channel of channels) channel.end(code, reason);
  }
}

/** What a channel needs of its trunk. */
interface Way {
  open(): void;
  send(text: string): void;
  close(): void;
}

class Channel implements ClientSocket {
  readonly #opening: Opening;
  readonly #way: Way;
  #state: 'waiting' | 'open' | 'over' = 'waiting';
  /** Its own socket, where there are no trunks. */
  #own: ClientSocket | undefined;

  constructor(opening: Opening, way: Way) {
    this.#opening = opening;
    this.#way = way;
  }

  get #listener(): SocketListener {
    return this.#opening[2];
  }

  send(text: string): void {
    if (this.#own !== undefined) this.#own.send(text);
    else if (this.#state === 'open') this.#way.send(text);
  }

  close(code: number): void {
    if (this.#own !== undefined) this.#own.close(code);
    else this.#leave(code);
  }

  terminate(): void {
    if (this.#own !== undefined) this.#own.terminate();
    else this.#leave(1006);
  }

  /** For the trunk: it is up. */
  begin(): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'open';
    this.#way.open();
    this.#listener.opened();
  }

  received(text: string): void {
    if (this.#state === 'open') this.#listener.received(text);
  }

  alive(): void {
    if (this.#state === 'open') this.#listener.alive();
  }

  /** For the trunk: the other side has closed it, or is gone. */
  end(code: number, reason: string): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#listener.closed(code, reason);
  }

  /** For the trunk: there is none. */
  goAlone(): void {
    if (this.#state !== 'over') this.#own = openWebSocket(...this.#opening);
  }

  #leave(code: number): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#way.close();
    queueMicrotask(() => this.#listener.closed(code, ''));
  }
}
