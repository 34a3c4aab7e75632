/**
 * One client's connection: its life (connection-state.ts), its hello, its refusals. Knows no rules and no rooms' logs.
 * Whatever a client sends ends at worst its own connection.
 *
 * Invariant: what a hello took (the nick, a place in the audience, live rooms) is given back once, by `#end`.
 */
import {
  CLOSE,
  ChatError,
  decodeClientFrame,
  DEFAULT_LIMITS,
  foldName,
  type Hello,
  helloCloseCode,
  PROTOCOL_VERSION,
} from '@parley/protocol';
import type { RoomForUser } from '@parley/store';
import { type Accounts, type Principal, youOf } from '../auth/accounts.ts';
import type { Chat } from '../chat/chat.ts';
import type { DeliveryFigures } from '../chat/delivery-figures.ts';
import { failureOf, type Report, unavailable } from '../chat/expected-failure.ts';
import type { SharedHint } from '../chat/shared-hint.ts';
import type { Audience } from './audience.ts';
import { type ConnectionState, type ConnectionStep, transition } from './connection-state.ts';
import { FloodGuard } from './flood-guard.ts';
import { frameOfHint } from './frames.ts';
import type { Transport, TransportListener } from './transport.ts';
import { RoomSubscriptions } from './room-subscriptions.ts';
import { WriteBuffer } from './write-buffer.ts';
import type { Client, RequestHandlers } from './request-handlers.ts';
import { type AnswerableFrame, RequestQueue } from './request-queue.ts';
import { TypingLimit } from './typing-limit.ts';

export interface ConnectionServices {
  readonly chat: Chat;
  readonly accounts: Pick<Accounts, 'enter' | 'holdNick' | 'releaseNick'>;
  readonly audience: Audience;
  readonly handlers: RequestHandlers;
  readonly roomBuffer: number;
  readonly limitClock: () => number;
  readonly figures: DeliveryFigures;
  readonly report: Report;
  /** The connection is over; told once. */
  readonly ended: (connection: Connection) => void;
}

/** Hints that wait for the welcome. */
const MAX_EARLY_HINTS = 256;

export class Connection implements TransportListener {
  readonly id: string;
  readonly openedAt = performance.now();
  readonly #services: ConnectionServices;
  readonly #source: string;
  readonly #transport: Transport;
  readonly #writeBuffer: WriteBuffer;
  #state: ConnectionState = 'awaiting_hello';
  #client: Client | undefined;
  /** Hints that came while the user was being greeted. */
  #early: SharedHint[] | undefined;
  #flood: FloodGuard | undefined;
  readonly #requests: RequestQueue;

  /** `source`: what limits of an address count it as. */
  constructor(id: string, source: string, transport: Transport, services: ConnectionServices) {
    this.id = id;
    this.#source = source;
    this.#transport = transport;
    this.#services = services;
    this.#writeBuffer = new WriteBuffer(transport);
    this.#requests = new RequestQueue({
      transport,
      writeBuffer: this.#writeBuffer,
      handlers: services.handlers,
      refuse: (error, re) => this.#refuse(error, re),
    });
  }

  /** Takes what comes, of which some may have come already. Whoever keeps connections knows this one by now. */
  begin(): void {
    this.#transport.listen(this);
  }

  /** When something last came in, or a reason was found to wait for it anew. */
  get heardAt(): number {
    return this.#transport.heardAt;
  }
  set heardAt(at: number) {
    this.#transport.heardAt = at;
  }

  get isAwaitingHello(): boolean {
    return this.#state === 'awaiting_hello';
  }

  get userId(): string | undefined {
    return this.#client?.principal.id;
  }

  get nick(): string | undefined {
    return this.#client?.principal.nick;
  }

  get sessionId(): string | undefined {
    return this.#client?.principal.sessionId;
  }

  isLive(roomId: string): boolean {
    return this.#client?.live.has(roomId) ?? false;
  }

  /** Takes a hint for this user or a room that is live here, or drops it: nothing comes before the welcome. */
  hint(hint: SharedHint): void {
    if (this.#state === 'live') this.#writeBuffer.writeHint(frameOfHint(hint));
    else if (this.#state === 'greeting') {
      this.#early ??= [];
      if (this.#early.length < MAX_EARLY_HINTS) this.#early.push(hint);
    }
  }

  /** Closes in words, once what was sent before is on its way. */
  close(code: number, reason: string): void {
    this.#writeBuffer.flush();
    this.#transport.close(code, reason);
    this.#end();
  }

  /** Ends a connection that nothing can be said to any more. */
  terminate(): void {
    this.#transport.terminate();
    this.#end();
  }

  /** Whether bytes have been waiting for `stallMs` without the kernel taking any. */
  isStalled(now: number, stallMs: number): boolean {
    return this.#transport.isStalled(now, stallMs);
  }

  ping(): void {
    this.#transport.ping();
  }

  #transition(step: ConnectionStep): boolean {
    const next = transition(this.#state, step);
    if (next === undefined) return false;
    this.#state = next;
    return true;
  }

  /** For the transport. */
  received(text: string): void {
    if (this.#isClosing()) return;
    const frame = decodeClientFrame(text);
    if (frame.kind === 'not_a_message') this.receivedBinary();
    else if (this.#state === 'awaiting_hello') {
      this.#receiveFirst(text, frame);
    } else {
      this.#requests.push(frame, text);
    }
  }

  /** For the transport: a frame of bytes, or one that is no message. */
  receivedBinary(): void {
    if (!this.#isClosing()) this.close(CLOSE.protocolError, 'A frame is one JSON object with a string type.');
  }

  /** For the transport: it is gone. */
  ended(): void {
    this.#end();
  }

  #receiveFirst(text: string, frame: AnswerableFrame): void {
    const { type, re } = frame.kind === 'request' ? { type: frame.request.type, re: frame.request.id } : frame;
    if (type !== 'hello') {
      this.close(CLOSE.protocolError, 'The first frame is hello.');
      return;
    }
    // Before the shape: another version's hello may look otherwise.
    if (speaksAnotherVersion(text)) {
      const message = `This server speaks version ${PROTOCOL_VERSION}.`;
      this.#sendError(new ChatError('bad_request', message), re);
      this.close(CLOSE.version, message);
    } else if (frame.kind === 'refused') {
      this.#sendError(new ChatError('bad_request', frame.message), re);
      this.close(CLOSE.protocolError, 'The hello has the wrong shape.');
    } else if (frame.request.type === 'hello' && this.#transition('hello')) {
      const hello = frame.request;
      this.#greet(hello).catch((error: unknown) => {
        const failure = this.#failure(error);
        this.#sendError(failure, hello.id);
        this.close(helloCloseCode(failure.code), failure.code);
      });
    }
  }

  async #greet(hello: Hello): Promise<void> {
    const { accounts, audience, chat } = this.#services;
    const { principal, token } = await accounts.enter(hello);
    accounts.holdNick(principal);
    if (this.#isClosing()) {
      accounts.releaseNick(principal);
      return;
    }
    const client = this.#entered(principal);
    const you = youOf(principal);
    audience.add(you, this);
    const read = await chat.ownRooms(principal);
    if (this.#isClosing()) return;
    audience.enter(you, this, read);
    // What was left while that was read is not resumed.
    const rows = read.filter(({ id }) => audience.hasMember(you.id, id));
    const begin = await this.#resume(client, rows, hello.resume ?? {});
    if (!this.#transition('welcomed')) return;
    this.#writeBuffer.send({
      type: 'welcome',
      ...(hello.id === undefined ? {} : { re: hello.id }),
      version: PROTOCOL_VERSION,
      you,
      ...(token === undefined ? {} : { token }),
      rooms: rows.map((row) => chat.toRoom(row)),
      limits: DEFAULT_LIMITS,
    });
    this.#writeEarlyHints(rows);
    begin();
    this.#requests.start(client);
    // A guest was nowhere before, and who comes back is told live.
    if (!principal.guest && hello.resume === undefined) await this.#tellInvitations(principal);
  }

  async #tellInvitations(principal: Principal): Promise<void> {
    // Nothing that signing in may fail for: /rooms has them, too.
    const text = await this.#services.chat.rooms.invitationWords(principal).catch(() => undefined);
    if (text !== undefined && !this.#isClosing()) this.#writeBuffer.send({ type: 'notice', text });
  }

  #entered(principal: Principal): Client {
    const { chat, roomBuffer, figures } = this.#services;
    const { feeds } = chat;
    const live = new RoomSubscriptions({
      feeds,
      userId: principal.id,
      source: this.#source,
      writeBuffer: this.#writeBuffer,
      roomBuffer,
      figures,
      hint: (hint) => this.hint(hint),
      // Coming back, it says how far it was, and finds that the log is not.
      rewound: () => this.close(CLOSE.goingAway, 'The database is back with an older state.'),
    });
    this.#client = { id: this.id, source: this.#source, principal, live, typing: new TypingLimit() };
    return this.#client;
  }

  /** Subscribes to the rooms that the client comes back to; what is returned lets their events through. */
  async #resume(
    client: Client,
    rows: readonly RoomForUser[],
    resume: Readonly<Record<string, number>>,
  ): Promise<() => void> {
    // Names are the same in any spelling that folds alike.
    const sinceByKey = new Map(Object.entries(resume).map(([name, since]) => [foldName(name), since]));
    const resumed = rows.filter(({ slug }) => sinceByKey.has(foldName(slug)));
    if (resumed.length === 0) return () => {};
    const rooms = resumed.map((row) => ({ row, live: client.live.open({ ...row, passwordHash: undefined }) }));
    for (const { row, live } of rooms) live.seenInside(row.lastSeq);
    const heads = await this.#services.chat.heads(resumed.map(({ id }) => id));
    return () => {
      for (const { row, live } of rooms) {
        const head = heads.get(row.id)?.lastSeq ?? row.lastSeq;
        const since = sinceByKey.get(foldName(row.slug)) ?? head;
        if (since >= head) live.goLive(head);
        else live.catchUp(since);
      }
    };
  }

  /** The welcome says how things were when its rooms were read; what has been told since follows it. */
  #writeEarlyHints(rows: readonly RoomForUser[]): void {
    const early = this.#early;
    this.#early = undefined;
    if (early === undefined) return;
    const listed = new Map(rows.map((row) => [row.slug, row]));
    const isNews = ({ hint }: SharedHint): boolean => {
      if (hint.type === 'room.created') return !listed.has(hint.room.room);
      if (hint.type !== 'room.activity') return true;
      const row = listed.get(hint.room);
      return row === undefined || (hint.lastSeq > row.lastSeq && !this.isLive(row.id));
    };
    this.#writeBuffer.write(early.filter(isNews).map(frameOfHint));
  }

  #refuse(error: unknown, re: number | undefined): void {
    if (this.#isClosing()) return;
    const failure = this.#failure(error);
    this.#sendError(failure, re);
    if (failure.code !== 'rate_limited') return;
    this.#flood ??= new FloodGuard();
    if (this.#flood.note(this.#services.limitClock())) this.close(CLOSE.flooding, 'Too much at once, for too long.');
  }

  #failure(error: unknown): ChatError {
    return failureOf(
      error,
      (bug) => this.#services.report(bug, 'a request failed'),
      (bug) => unavailable('Something went wrong here. Try again in a moment.', bug),
    );
  }

  #sendError({ code, message, retryAfterMs }: ChatError, re: number | undefined): void {
    this.#writeBuffer.answer(
      { type: 'error', code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
      re,
    );
  }

  /** A method, because the state changes while something is awaited. */
  #isClosing(): boolean {
    return this.#state === 'closing';
  }

  #end(): void {
    if (!this.#transition('ended')) return;
    this.#requests.stop();
    if (this.#client !== undefined) {
      const { principal, live } = this.#client;
      live.end();
      this.#services.audience.remove(principal, this);
      this.#services.accounts.releaseNick(principal);
    }
    // Paused, the peer's close frame would never be read.
    this.#transport.resume();
    this.#services.ended(this);
  }
}

function speaksAnotherVersion(text: string): boolean {
  const value: unknown = JSON.parse(text);
  return (
    typeof value === 'object' &&
    value !== null &&
    'version' in value &&
    typeof value.version === 'number' &&
    value.version !== PROTOCOL_VERSION
  );
}
