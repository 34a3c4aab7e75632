/**
 * The one WebSocket to a server that carries the sockets of many clients, each as a channel with a number. Reads what comes
 * once, for all of those that it names. Knows frames and channels, no messages.
 *
 *   none ──open()──▶ opening ──open──▶ up ──its last channel closes, REST_MS──▶ none
 *     ▲                │  └──the server knows no trunks──▶ none, and each channel has a socket of its own
 *     └────lost────────┴─────lost: each channel is closed, and its client opens another────────┘
 *
 * A trunk on which nothing has been heard for long when a client gives up on it is lost: the next one would share its fate.
 * What channels keep is one list for all of them: see trunk-channel.ts. A list that gets too long is told at once.
 */
import { decodeTrunkNews } from '@parley/protocol';
import { WebSocket } from 'ws';
import { NewsLog } from './news-log.ts';
import { newsIn } from './shared-messages.ts';
import { type ClientSocket, describeFault, describeStatus, SOCKET_OPTIONS } from './socket.ts';
import { type ChannelCarrier, type Opening, TrunkChannel } from './trunk-channel.ts';

/** A trunk without channels stays that long. */
const REST_MS = 10_000;
/** What is kept for those who look at it later. Some clients look at nothing for long: they are told then. */
const MAX_KEPT_FRAMES = 64;
/** A server that has nothing at the path, or nothing for us. */
const NO_TRUNK: readonly number[] = [400, 403, 404, 426];

export class TrunkConnection implements ChannelCarrier {
  readonly #socket: WebSocket;
  readonly #gone: () => void;
  readonly #silentMs: number;
  readonly #now: () => number;
  #heardAt: number;
  readonly #channels = new Map<number, TrunkChannel>();
  readonly #news = new NewsLog<TrunkChannel>();
  readonly #keeping = new Set<TrunkChannel>();
  /** Whom the last frame was for: mostly the next one is for the same. */
  #lastFor: { readonly head: Buffer; readonly channels: readonly TrunkChannel[] } | undefined;
  #lastNumber = 0;
  #isUp = false;
  #problem = '';
  #rest: NodeJS.Timeout | undefined;

  /** `silentMs` and `now`: as of TrunkSockets. `gone`: nothing more can be opened on it. */
  constructor(
    url: string,
    headers: Readonly<Record<string, string>>,
    { silentMs, now, gone }: { silentMs: number; now: () => number; gone: () => void },
  ) {
    this.#gone = gone;
    this.#silentMs = silentMs;
    this.#now = now;
    this.#heardAt = now();
    this.#socket = new WebSocket(`${url}/trunk`, { headers: { ...headers }, ...SOCKET_OPTIONS });
    const socket = this.#socket;
    socket.on('open', () => {
      this.#heardAt = this.#now();
      this.#isUp = true;
      tellAll(this.#channels.values(), (channel) => channel.begin());
    });
    socket.on('message', (data: Buffer) => {
      this.#heardAt = this.#now();
      this.#receive(data);
    });
    socket.on('ping', () => {
      this.#heardAt = this.#now();
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

  /** A channel of its own for a client; its listener hears nothing before this has returned. */
  open(ticket: string, opening: Opening): ClientSocket {
    clearTimeout(this.#rest);
    const number = ++this.#lastNumber;
    const channel = new TrunkChannel(this, number, ticket, opening);
    this.#channels.set(number, channel);
    this.#lastFor = undefined;
    if (this.#isUp) queueMicrotask(() => channel.begin());
    return channel;
  }

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
    if (this.#news.size >= MAX_KEPT_FRAMES) this.#flushSlowest();
  }

  /** Those of the numbers, which the head of a frame says. */
  #recipients(head: Buffer, numbers: readonly number[]): readonly TrunkChannel[] {
    if (this.#lastFor?.head.equals(head) !== true) {
      this.#lastFor = { head: Buffer.from(head), channels: this.#named(numbers) };
    }
    return this.#lastFor.channels;
  }

  #named(numbers: readonly number[]): readonly TrunkChannel[] {
    return numbers.flatMap((number) => this.#channels.get(number) ?? []);
  }

  startKeeping(channel: TrunkChannel): number {
    this.#keeping.add(channel);
    return this.#news.end;
  }

  stopKeeping(channel: TrunkChannel, place: number): readonly string[] {
    const texts = this.#news.since(place, channel);
    this.#keeping.delete(channel);
    if (this.#keeping.size === 0) this.#news.forgetBefore(this.#news.end);
    return texts;
  }

  /** Lets go of what nobody waits for any more; if that is not enough, tells those who keep all that they have kept. */
  #flushSlowest(): void {
    const places = [...this.#keeping].map(({ place }) => place ?? this.#news.end);
    this.#news.forgetBefore(Math.min(this.#news.end, ...places));
    if (this.#news.size < MAX_KEPT_FRAMES) return;
    tellAll([...this.#keeping], (channel) => channel.tellKept());
    // All of it is told, and what is kept again begins after it.
    this.#news.forgetBefore(this.#news.end);
  }

  doubt(): void {
    if (this.#now() - this.#heardAt > this.#silentMs) this.#socket.terminate();
  }

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
  #dissolve(tell: (channel: TrunkChannel) => void): void {
    clearTimeout(this.#rest);
    this.#gone();
    const channels = [...this.#channels.values()];
    this.#channels.clear();
    tellAll(channels, tell);
  }
}

/** Tells each of them, also when one of them throws; what the first has thrown is thrown then. */
function tellAll(channels: Iterable<TrunkChannel>, tell: (channel: TrunkChannel) => void): void {
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
