/**
 * Sockets of many clients of one process over one WebSocket (see trunk of the protocol): what the server tells them alike
 * is received once. A drop-in for `openWebSocket`, for clients that show a ticket.
 *
 *   none ──open()──▶ opening ──open──▶ up ──its last channel closes, REST_MS──▶ none
 *     ▲                │  └──the server knows no trunks──▶ none, and each channel has a socket of its own
 *     └────lost────────┴─────lost: each channel is closed, and its client opens another────────┘
 *
 * A trunk on which nothing has been heard for long when a client gives up on it is lost: the next one would share its fate.
 *
 * Invariant: a channel's listener hears nothing before `open` has returned, and `closed` once. What one listener throws is
 * its own: the others hear what was for them first.
 */
import { decodeTrunkNews, encodeTrunkClose, encodeTrunkOpen, encodeTrunkText, TICKET_HEADER } from '@parley/protocol';
import { WebSocket } from 'ws';
import {
  type ClientSocket,
  type CreateSocket,
  describeFault,
  describeStatus,
  openWebSocket,
  SOCKET_OPTIONS,
  type SocketListener,
} from './socket.ts';

/** The core pings every 20 s. */
const SILENT_MS = 30_000;
/** A trunk without channels stays that long. */
const REST_MS = 10_000;
/** A server that has nothing at the path, or nothing for us. */
const NO_TRUNK: readonly number[] = [400, 403, 404, 426];

type Opening = Parameters<CreateSocket>;

export class TrunkSockets {
  readonly #trunks = new Map<string, Trunk>();
  readonly #silentMs: number;

  /** `silentMs`: how long nothing may be heard of a trunk before it is taken for dead. */
  constructor({ silentMs = SILENT_MS } = {}) {
    this.#silentMs = silentMs;
  }

  readonly open: CreateSocket = (url, options, listener) => {
    const ticket = options.headers[TICKET_HEADER];
    if (ticket === undefined) return openWebSocket(url, options, listener);
    let trunk = this.#trunks.get(url);
    if (trunk === undefined) {
      const gone = (): void => {
        if (this.#trunks.get(url) === trunk) this.#trunks.delete(url);
      };
      trunk = new Trunk(url, options.headers, { silentMs: this.#silentMs, gone });
      this.#trunks.set(url, trunk);
    }
    return trunk.open(ticket, [url, options, listener]);
  };
}

class Trunk {
  readonly #socket: WebSocket;
  readonly #gone: () => void;
  readonly #silentMs: number;
  #heardAt = performance.now();
  readonly #channels = new Map<number, Channel>();
  #lastNumber = 0;
  #isUp = false;
  #problem = '';
  #rest: NodeJS.Timeout | undefined;

  /** `gone`: nothing more can be opened on it. */
  constructor(
    url: string,
    headers: Readonly<Record<string, string>>,
    { silentMs, gone }: { silentMs: number; gone: () => void },
  ) {
    this.#gone = gone;
    this.#silentMs = silentMs;
    this.#socket = new WebSocket(`${url}/trunk`, { headers: { ...headers }, ...SOCKET_OPTIONS });
    const socket = this.#socket;
    socket.on('open', () => {
      this.#heardAt = performance.now();
      this.#isUp = true;
      tellAll(this.#channels.values(), (channel) => channel.begin());
    });
    socket.on('message', (data) => {
      this.#heardAt = performance.now();
      this.#receive(data as Buffer);
    });
    socket.on('ping', () => {
      this.#heardAt = performance.now();
      tellAll(this.#channels.values(), (channel) => channel.alive());
    });
    socket.on('unexpected-response', (request, response) => {
      const { statusCode = 0 } = response;
      request.destroy();
      if (NO_TRUNK.includes(statusCode)) this.#dissolve((channel) => channel.goAlone());
      else this.#end(1006, describeStatus(statusCode));
    });
    socket.on('error', (error) => (this.#problem = describeFault(error)));
    socket.on('close', (code, reason) => this.#end(code, reason.toString() || this.#problem));
  }

  open(ticket: string, opening: Opening): ClientSocket {
    clearTimeout(this.#rest);
    const number = ++this.#lastNumber;
    const channel = new Channel(this, number, ticket, opening);
    this.#channels.set(number, channel);
    if (this.#isUp) queueMicrotask(() => channel.begin());
    return channel;
  }

  /** For a channel. */
  send(frame: Uint8Array): void {
    if (this.#isUp) this.#socket.send(frame);
  }

  #receive(data: Buffer): void {
    const news = decodeTrunkNews(data);
    if (news === undefined) return this.#socket.terminate();
    const channels = news.channels.flatMap((number) => this.#channels.get(number) ?? []);
    if (news.kind === 'close') {
      for (const number of news.channels) this.forget(number);
      return tellAll(channels, (channel) => channel.end(news.code, news.reason));
    }
    const { buffer, byteOffset, byteLength } = news.text;
    // One string for all of them: what is made of it is looked up by it.
    const text = Buffer.from(buffer, byteOffset, byteLength).toString();
    tellAll(channels, (channel) => channel.received(text));
  }

  /** For a channel: something was to come of it, and has not. */
  doubt(): void {
    if (performance.now() - this.#heardAt > this.#silentMs) this.#socket.terminate();
  }

  /** For a channel: it is over. */
  forget(number: number): void {
    this.#channels.delete(number);
    if (this.#channels.size > 0) return;
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => {
      this.#gone();
      this.#socket.close(1000);
    }, REST_MS);
    this.#rest.unref();
  }

  #end(code: number, reason: string): void {
    this.#isUp = false;
    this.#dissolve((channel) => channel.end(code, reason));
  }

  /** Lets go of its channels, with these words. */
  #dissolve(tell: (channel: Channel) => void): void {
    clearTimeout(this.#rest);
    this.#gone();
    const channels = [...this.#channels.values()];
    this.#channels.clear();
    tellAll(channels, tell);
  }
}

/** Tells each of them, also when one of them throws; what the first has thrown is thrown then. */
function tellAll(channels: Iterable<Channel>, tell: (channel: Channel) => void): void {
  let fault: { error: unknown } | undefined;
  for (const channel of channels) {
    try {
      tell(channel);
    } catch (error) {
      fault ??= { error };
    }
  }
  if (fault !== undefined) throw fault.error;
}

class Channel implements ClientSocket {
  readonly #trunk: Trunk;
  readonly #number: number;
  readonly #ticket: string;
  readonly #opening: Opening;
  #state: 'waiting' | 'open' | 'over' = 'waiting';
  /** Its own socket, where there are no trunks. */
  #own: ClientSocket | undefined;

  constructor(trunk: Trunk, number: number, ticket: string, opening: Opening) {
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
    this.#trunk.send(encodeTrunkClose(this.#number));
    this.#trunk.forget(this.#number);
    queueMicrotask(() => this.#listener.closed(code, ''));
  }
}
