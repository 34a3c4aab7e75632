/**
 * `/ws`: who may connect, and all connections of this process. Knows no messages and no rules.
 *
 *   upgrade ──▶ closing? 503 ──▶ Origin? 403 ──▶ too many from the address? 429 ──▶ WebSocket, awaiting hello
 */
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { CLOSE, MAX_CLIENT_FRAME_BYTES } from '@parley/protocol';
import { WebSocketServer } from 'ws';
import type { Accounts } from '../auth/accounts.ts';
import { addressKey, clientAddress, originAllowed, readTicket, TICKET_HEADER } from '@parley/service';
import type { ActivityRecord } from '../chat/activity-record.ts';
import type { Chat } from '../chat/chat.ts';
import { localRateLimits, type MakeRateLimit, NO_LIMIT, type RateLimit } from '../chat/rate-limit.ts';
import { withinMs } from '../chat/within-ms.ts';
import type { CoreConfig } from '../config.ts';
import { Audience } from './audience.ts';
import { Connection, type ConnectionServices } from './connection.ts';
import { Heartbeat, type Timing } from './heartbeat.ts';
import type { DeliveryFigures } from './live-room.ts';
import { MissedMemberships, type MissedMembershipsOptions } from './missed-memberships.ts';
import { createRequestHandlers } from './request-handlers.ts';

export interface RealtimeOptions {
  readonly config: CoreConfig;
  readonly chat: Chat;
  readonly accounts: Accounts;
  readonly activity: ActivityRecord;
  /** Signs tickets. */
  readonly secret: Uint8Array;
  readonly report: (error: unknown, what: string) => void;
  readonly figures: RealtimeFigures;
  readonly makeLimit?: MakeRateLimit | undefined;
  /** Who of these people is in which rooms, open ones apart. */
  readonly memberships: MissedMembershipsOptions['memberships'];
  readonly timing?: Partial<Timing> | undefined;
}

/** What is counted here. */
interface RealtimeFigures extends DeliveryFigures {
  connectionOpened(): void;
  connectionClosed(): void;
}

/** 10 a second an address, burst 100 (protocol.md). */
const CONNECTIONS = { perSecond: 10, burst: 100 };
/** How long a closing handshake may take, and a shutdown wait for those of all. */
const CLOSE_TIMEOUT_MS = 2000;
const SHUTDOWN_TIMEOUT_MS = 1500;
/** How long a shutdown waits for commits under way before it closes the connections that wait for them. */
const ANSWER_TIMEOUT_MS = 1000;

export class Realtime {
  readonly #options: RealtimeOptions;
  readonly #server: WebSocketServer;
  readonly #audience: Audience;
  readonly #heartbeat: Heartbeat;
  readonly #missed: MissedMemberships | undefined;
  readonly #limit: RateLimit;
  readonly #services: ConnectionServices;
  readonly #connections = new Set<Connection>();
  /** Sockets that are still open, those of connections that have ended included. */
  readonly #sockets = new Set<Duplex>();
  readonly #releases: (() => void)[];
  #lastId = 0;
  #closing: Promise<void> | undefined;

  constructor(options: RealtimeOptions) {
    const { config, chat, accounts, activity, figures, report } = options;
    this.#options = options;
    this.#server = new WebSocketServer(SERVER_OPTIONS);
    this.#heartbeat = new Heartbeat({ timing: options.timing, stallSeconds: config.stallSeconds });
    this.#audience = new Audience({ bus: chat.bus, noted: (user, kind) => activity.note(user, kind) });
    chat.watchHeads(this.#audience);
    if (chat.bus.isShared) {
      this.#missed = new MissedMemberships({
        bus: chat.bus,
        audience: this.#audience,
        memberships: options.memberships,
        roomsOf: (user) => chat.ownRooms(user),
        toRoom: (row) => chat.toRoom(row),
      });
    }
    const { makeLimit = localRateLimits } = options;
    this.#limit = config.rateLimits ? makeLimit('connections', CONNECTIONS) : NO_LIMIT;
    const watchPaging = this.#heartbeat.watchPaging.bind(this.#heartbeat);
    this.#services = {
      chat,
      accounts,
      audience: this.#audience,
      handlers: createRequestHandlers({ chat, watchPaging }),
      roomBuffer: config.roomBuffer,
      figures,
      report,
      ended: (connection) => this.#forget(connection),
    };
    this.#releases = [
      accounts.onRevoked((sessionId) => this.#closeWhere((each) => each.sessionId === sessionId, 'Signed out.')),
      accounts.onNickLost((userId) => this.#closeWhere((each) => each.userId === userId, 'The nick is taken.')),
    ];
  }

  /** Takes an upgrade to `/ws`; false for any other. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    if (pathOf(request) !== '/ws') return false;
    const { config } = this.#options;
    if (this.#closing !== undefined) refuse(socket, 503, { 'Retry-After': '1' });
    else if (!originAllowed(request.headers.origin, request.headers.host, config)) refuse(socket, 403);
    else void this.#admit(request, socket, head);
    return true;
  }

  /**
   * Takes no more at once; when `answered` resolves, or a moment later, closes everyone with 4503 and waits until their
   * sockets are gone. May be called twice.
   */
  close(answered: Promise<void>): Promise<void> {
    this.#closing ??= this.#closeAll(answered);
    return this.#closing;
  }

  async #closeAll(answered: Promise<void>): Promise<void> {
    await withinMs(ANSWER_TIMEOUT_MS, answered);
    for (const release of this.#releases) release();
    this.#heartbeat.close();
    this.#missed?.close();
    for (const connection of this.#connections) connection.close(CLOSE.goingAway, 'The server is going away.');
    this.#audience.close();
    const open = [...this.#sockets].filter((socket) => !socket.destroyed);
    const closed = Promise.all(open.map((socket) => new Promise<void>((resolve) => socket.once('close', resolve))));
    await withinMs(SHUTDOWN_TIMEOUT_MS, closed);
    for (const socket of this.#sockets) socket.destroy();
  }

  async #admit(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Until `ws` has the socket, a reset would be an uncaught 'error'.
    const onError = (): void => void socket.destroy();
    socket.on('error', onError);
    try {
      const retryAfterMs = await this.#limit.take(addressKey(await this.#addressOf(request)));
      if (socket.destroyed) return;
      if (this.#closing !== undefined) refuse(socket, 503, { 'Retry-After': '1' });
      else if (retryAfterMs > 0) refuse(socket, 429, { 'Retry-After': String(Math.ceil(retryAfterMs / 1000)) });
      else this.#upgrade(request, socket, head);
    } catch (error) {
      this.#options.report(error, 'could not take a connection');
      socket.destroy();
    } finally {
      socket.off('error', onError);
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, (ws) => {
      this.#lastId += 1;
      const connection = new Connection(
        `${this.#options.chat.bus.replica}:${this.#lastId}`,
        ws,
        socket,
        this.#services,
      );
      this.#connections.add(connection);
      this.#sockets.add(socket);
      ws.once('close', () => this.#sockets.delete(socket));
      this.#heartbeat.add(connection);
      this.#options.figures.connectionOpened();
    });
  }

  /** Hosted clients come from the gateway's address and show a ticket that names the browser's. */
  async #addressOf(request: IncomingMessage): Promise<string> {
    const ticket = request.headers[TICKET_HEADER];
    const shown = ticket === undefined ? undefined : await readTicket(this.#options.secret, ticket);
    return shown ?? clientAddress(request, this.#options.config.trustProxy);
  }

  #forget(connection: Connection): void {
    if (!this.#connections.delete(connection)) return;
    this.#heartbeat.remove(connection);
    this.#options.figures.connectionClosed();
  }

  #closeWhere(matches: (connection: Connection) => boolean, reason: string): void {
    for (const connection of this.#connections) {
      if (matches(connection)) connection.close(CLOSE.unauthorized, reason);
    }
  }
}

/** `autoPong` is off because `ws` would queue pongs without bound; connections answer pings themselves. */
const SERVER_OPTIONS = {
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: MAX_CLIENT_FRAME_BYTES,
  autoPong: false,
  closeTimeout: CLOSE_TIMEOUT_MS,
} as const;

const pathOf = (request: IncomingMessage): string => (request.url ?? '').split('?', 1)[0] ?? '';

function refuse(socket: Duplex, status: number, headers: Readonly<Record<string, string>> = {}): void {
  const lines = Object.entries({ ...headers, Connection: 'close', 'Content-Length': '0' });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${head}\r\n`);
}
