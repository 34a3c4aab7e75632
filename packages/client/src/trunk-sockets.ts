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
 * In a lively room everything goes to everyone, and a client looks at it some times a second. So a channel that has told of
 * news keeps what follows, if its client likes, and until that looks costs next to nothing:
 *
 *   telling ──keepNews()──▶ keeping ──takeNews(), an answer, an event beside hints──▶ telling
 *
 * Invariants: a channel's listener hears nothing before `open` has returned, and `closed` once; it is told, or takes, all
 * that is for it, in order, once. What one listener throws is its own: the others hear what was for them first.
 */
import { decodeTrunkNews, encodeTrunkClose, encodeTrunkOpen, encodeTrunkText, TICKET_HEADER } from '@parley/protocol';
import { WebSocket } from 'ws';
import { NewsLog } from './news-log.ts';
import { newsIn, type SharedFrame } from './shared-messages.ts';
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
/** What is kept for those who look at it later. Some clients look at nothing for long: they are told then. */
const MOST_NEWS = 64;
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
  readonly #news = new NewsLog<Channel>();
  readonly #keeping = new Set<Channel>();
  /** Whom the last frame was for: mostly the next one is for the same. */
  #lastFor: { readonly head: Buffer; readonly channels: readonly Channel[] } | undefined;
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
    this.#lastFor = undefined;
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
    if (news.kind === 'close') {
      const channels = this.#named(news.channels);
      for (const number of news.channels) this.forget(number);
      return tellAll(channels, (channel) => channel.end(news.code, news.reason));
    }
    const { buffer, byteOffset, byteLength } = news.text;
    // One string for all of them: what is made of it is looked up by it.
    const text = Buffer.from(buffer, byteOffset, byteLength).toString();
    const channels = this.#recipients(data.subarray(0, data.length - byteLength), news.channels);
    const kind = newsIn(text);
    if (kind === undefined) return tellAll(channels, (channel) => channel.received(text));
    if (this.#keeping.size > 0) this.#news.add(text, channels);
    tellAll(channels, (channel) => {
      if (!channel.keeps(kind)) channel.hear(text);
    });
    if (this.#news.size >= MOST_NEWS) this.#tellWhoeverIsBehind();
  }

  /** Those of the numbers, which the head of a frame says. */
  #recipients(head: Buffer, numbers: readonly number[]): readonly Channel[] {
    if (this.#lastFor?.head.equals(head) !== true) {
      this.#lastFor = { head: Buffer.from(head), channels: this.#named(numbers) };
    }
    return this.#lastFor.channels;
  }

  #named(numbers: readonly number[]): readonly Channel[] {
    return numbers.flatMap((number) => this.#channels.get(number) ?? []);
  }

  /** For a channel: the place in the news from which on it keeps what is for it. */
  startKeeping(channel: Channel): number {
    this.#keeping.add(channel);
    return this.#news.end;
  }

  /** For a channel: what came for it from a place on. It keeps nothing any more. */
  stopKeeping(channel: Channel, place: number): readonly string[] {
    const texts = this.#news.since(place, channel);
    this.#keeping.delete(channel);
    if (this.#keeping.size === 0) this.#news.forgetBefore(this.#news.end);
    return texts;
  }

  #tellWhoeverIsBehind(): void {
    const places = [...this.#keeping].map(({ place }) => place ?? this.#news.end);
    this.#news.forgetBefore(Math.min(this.#news.end, ...places));
    if (this.#news.size < MOST_NEWS) return;
    tellAll([...this.#keeping], (channel) => channel.tellKept());
    // All of it is told, and what is kept again begins after it.
    this.#news.forgetBefore(this.#news.end);
  }

  /** For a channel: something was to come of it, and has not. */
  doubt(): void {
    if (performance.now() - this.#heardAt > this.#silentMs) this.#socket.terminate();
  }

  /** For a channel: it is over. */
  forget(number: number): void {
    this.#channels.delete(number);
    this.#lastFor = undefined;
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
  /** Where in the trunk's news is what it keeps; undefined while it tells. */
  #place: number | undefined;
  #keepsEvents = false;

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

  /** Whether news of that kind waits until it is taken. */
  keeps(kind: SharedFrame['news']): boolean {
    return this.#place !== undefined && (this.#keepsEvents || kind === 'hints');
  }

  /** For the trunk: news, which is among what it keeps if it keeps anything. */
  hear(text: string): void {
    if (this.#place === undefined) this.received(text);
    else this.tellKept();
  }

  tellKept(): void {
    for (const text of this.takeNews()) if (this.#state === 'open') this.#listener.received(text);
  }

  /** For the trunk: something that is no news to keep. */
  received(text: string): void {
    this.tellKept();
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
