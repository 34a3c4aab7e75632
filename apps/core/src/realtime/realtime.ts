/**
 * `/ws` and `/ws/trunk`: who may connect, and all connections of this process. Knows no messages and no rules.
 *
 *   upgrade ──▶ closing? 503 ──▶ Origin? 403 ──▶ too many from the address? 429 ──▶ WebSocket, awaiting hello
 *   upgrade of a trunk ──▶ closing? 503 ──▶ a ticket? 403 ──▶ WebSocket; each of its channels: too many? ──▶ awaiting hello
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { CLOSE, MAX_CLIENT_FRAME_BYTES, TICKET_HEADER, TRUNK_HEADER_BYTES } from '@parley/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Accounts } from '../auth/accounts.ts';
import { addressKey, clientAddress, originAllowed, pathOf, readTicket, refuseUpgrade, withinMs } from '@parley/service';
import type { ActivityRecord } from '../chat/activity-record.ts';
import type { Chat } from '../chat/chat.ts';
import type { DeliveryFigures } from '../chat/delivery-figures.ts';
import type { Report } from '../chat/expected-failure.ts';
import type { MakeRateLimit, RateLimit } from '../chat/rate-limit.ts';
import type { CoreConfig } from '../config.ts';
import { Audience } from './audience.ts';
import { Connection, type ConnectionServices } from './connection.ts';
import { Heartbeat, type Timing } from './heartbeat.ts';
import { type Transport, SocketTransport } from './transport.ts';
import { MissedMemberships, type MissedMembershipsOptions } from './missed-memberships.ts';
import { createRequestHandlers } from './request-handlers.ts';
import { Trunk } from './trunk.ts';

export interface RealtimeOptions {
  readonly config: CoreConfig;
  readonly chat: Chat;
  readonly accounts: Accounts;
  readonly activity: ActivityRecord;
  /** Signs tickets. */
  readonly secret: Uint8Array;
  readonly report: Report;
  readonly figures: RealtimeFigures;
  readonly makeLimit: MakeRateLimit;
  /** The monotonic clock that limits count on. */
  readonly limitClock: () => number;
  readonly rooms: MissedMembershipsOptions['rooms'];
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

/** Why an upgrade is refused, as an HTTP status. */
interface Refusal {
  readonly status: number;
  readonly retryAfterMs?: number;
}

const GOING_AWAY: Refusal = { status: 503, retryAfterMs: 1000 };

/** What comes in at one of the paths: who may, and what becomes of the socket. */
interface Entrance {
  readonly server: WebSocketServer;
  /** Why not, or the address that counts. */
  readonly admit: (request: IncomingMessage) => Promise<Refusal | string>;
  readonly opened: (ws: WebSocket, socket: Duplex, address: string) => void;
}

export class Realtime {
  readonly #options: RealtimeOptions;
  readonly #audience: Audience;
  readonly #heartbeat: Heartbeat;
  readonly #missed: MissedMemberships;
  readonly #limit: RateLimit;
  readonly #services: ConnectionServices;
  readonly #connections = new Set<Connection>();
  readonly #trunks = new Set<Trunk>();
  /** Sockets that are still open, those of connections that have ended included. */
  readonly #sockets = new Set<Duplex>();
  readonly #releases: (() => void)[];
  #lastId = 0;
  #closing: Promise<void> | undefined;

  constructor(options: RealtimeOptions) {
    const { config, chat, accounts, activity, figures, report } = options;
    this.#options = options;
    this.#heartbeat = new Heartbeat({ timing: options.timing, stallSeconds: config.stallSeconds });
    this.#audience = new Audience({ bus: chat.bus, noted: (user, kind) => activity.note(user, kind) });
    chat.watchHeads(this.#audience);
    this.#missed = new MissedMemberships({
      bus: chat.bus,
      audience: this.#audience,
      rooms: options.rooms,
      roomsOf: (user) => chat.ownRooms(user),
      toRoom: (row) => chat.toRoom(row),
    });
    this.#limit = options.makeLimit('connections', CONNECTIONS);
    const watchPaging = this.#heartbeat.watchPaging.bind(this.#heartbeat);
    this.#services = {
      chat,
      accounts,
      audience: this.#audience,
      handlers: createRequestHandlers({ chat, watchPaging }),
      roomBuffer: config.roomBuffer,
      limitClock: options.limitClock,
      figures,
      report,
      ended: (connection) => this.#forget(connection),
    };
    this.#releases = [
      accounts.onRevoked((sessionId) =>
        this.#closeWhere(
          (each) => each.sessionId === sessionId,
          'You were signed out, or the password has been changed.',
        ),
      ),
      accounts.onNickLost((userId, nick) =>
        this.#closeWhere(
          (each) => each.userId === userId && each.nick === nick,
          'You have taken another nick elsewhere, or someone has this one.',
        ),
      ),
    ];
  }

  /** Takes an upgrade to `/ws` or `/ws/trunk`; false for any other. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const path = pathOf(request);
    if (path !== '/ws' && path !== '/ws/trunk') return false;
    const { config } = this.#options;
    if (this.#closing !== undefined) refuse(socket, GOING_AWAY);
    else if (!originAllowed(request.headers.origin, request.headers.host, config)) refuse(socket, { status: 403 });
    else void this.#admit(path === '/ws' ? this.#direct : this.#shared, request, socket, head);
    return true;
  }

  /**
   * Takes no more at once; when `answered` resolves, closes everyone with 4503 and waits until their sockets are gone. May
   * be called twice.
   */
  close(answered: Promise<unknown>): Promise<void> {
    this.#closing ??= this.#closeAll(answered);
    return this.#closing;
  }

  async #closeAll(answered: Promise<unknown>): Promise<void> {
    await answered;
    for (const release of this.#releases) release();
    this.#heartbeat.close();
    this.#missed.close();
    for (const connection of this.#connections) connection.close(CLOSE.goingAway, 'The server is going away.');
    for (const trunk of this.#trunks) trunk.close(CLOSE.goingAway, 'The server is going away.');
    this.#audience.close();
    const open = [...this.#sockets].filter((socket) => !socket.destroyed);
    const closed = Promise.all(open.map((socket) => new Promise<void>((resolve) => socket.once('close', resolve))));
    await withinMs(SHUTDOWN_TIMEOUT_MS, closed);
    for (const socket of this.#sockets) socket.destroy();
  }

  /** A connection's own WebSocket. */
  readonly #direct: Entrance = {
    server: new WebSocketServer(SERVER_OPTIONS),
    admit: async (request) => {
      const own = clientAddress(request, this.#options.config.trustProxy);
      const address = await this.#addressOf(request.headers[TICKET_HEADER], own);
      const retryAfterMs = await this.#limit.take(address);
      return retryAfterMs > 0 ? { status: 429, retryAfterMs } : address;
    },
    opened: (ws, socket, address) => this.#connect(new SocketTransport(ws, socket), address),
  };

  /** A trunk. */
  readonly #shared: Entrance = {
    server: new WebSocketServer(TRUNK_SERVER_OPTIONS),
    admit: async (request) => {
      const shown = await readTicket(this.#options.secret, request.headers[TICKET_HEADER]);
      return shown === undefined ? { status: 403 } : clientAddress(request, this.#options.config.trustProxy);
    },
    opened: (ws, socket, own) => {
      const trunk = new Trunk(ws, socket, {
        opened: (transport, ticket) => void this.#admitChannel(transport, ticket, own),
        ended: () => {
          this.#trunks.delete(trunk);
          this.#heartbeat.remove(trunk);
        },
      });
      this.#trunks.add(trunk);
      this.#heartbeat.add(trunk);
    },
  };

  async #admit(entrance: Entrance, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    try {
      const admitted = await entrance.admit(request);
      if (socket.destroyed) return;
      if (this.#closing !== undefined) refuse(socket, GOING_AWAY);
      else if (typeof admitted !== 'string') refuse(socket, admitted);
      else {
        entrance.server.handleUpgrade(request, socket, head, (ws) => {
          this.#sockets.add(socket);
          ws.once('close', () => this.#sockets.delete(socket));
          entrance.opened(ws, socket, admitted);
        });
      }
    } catch (error) {
      this.#options.report(error, 'could not take a connection');
      socket.destroy();
    }
  }

  /** `own`: the address of the trunk, which counts where a ticket names no other. */
  async #admitChannel(transport: Transport, ticket: string, own: string): Promise<void> {
    try {
      const address = await this.#addressOf(ticket, own);
      const retryAfterMs = await this.#limit.take(address);
      if (!transport.isOpen) return;
      if (retryAfterMs > 0) transport.close(CLOSE.flooding, 'Too many connections from this address.');
      else if (this.#closing === undefined) this.#connect(transport, address);
      else transport.close(CLOSE.goingAway, 'The server is going away.');
    } catch (error) {
      this.#options.report(error, 'could not take a connection');
      transport.terminate();
    }
  }

  /** The address that counts: hosted clients come from the gateway's and show a ticket that names the browser's. */
  async #addressOf(ticket: string | string[] | undefined, own: string): Promise<string> {
    return addressKey((await readTicket(this.#options.secret, ticket)) ?? own);
  }

  #connect(transport: Transport, address: string): void {
    this.#lastId += 1;
    const connection = new Connection(
      `${this.#options.chat.bus.replica}:${this.#lastId}`,
      address,
      transport,
      this.#services,
    );
    this.#connections.add(connection);
    this.#heartbeat.add(connection);
    this.#options.figures.connectionOpened();
    connection.begin();
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

/** A channel that sends too much is closed alone. */
const TRUNK_SERVER_OPTIONS = {
  ...SERVER_OPTIONS,
  maxPayload: 4 * MAX_CLIENT_FRAME_BYTES + TRUNK_HEADER_BYTES,
} as const;

function refuse(socket: Duplex, { status, retryAfterMs }: Refusal): void {
  const retry = retryAfterMs === undefined ? {} : { 'Retry-After': String(Math.ceil(retryAfterMs / 1000)) };
  refuseUpgrade(socket, status, retry);
}
