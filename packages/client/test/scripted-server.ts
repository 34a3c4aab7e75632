/**
 * A WebSocket server whose every move a test makes: it answers nothing by itself. `ServerSide` is one connection as the
 * server sees it.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DEFAULT_LIMITS, type Room } from '@parley/protocol';
import { pollFor } from '@parley/testkit';
import { type WebSocket, WebSocketServer } from 'ws';
import { message, room, you } from './chat-fixtures.ts';

export type Received = Readonly<Record<string, unknown>> & { readonly type: string; readonly id?: number };

export class ServerSide {
  readonly #socket: WebSocket;
  readonly #unread: Received[] = [];
  closeCode: number | undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#unread.push(JSON.parse(data.toString()) as Received));
    socket.on('close', (code) => (this.closeCode = code));
  }

  /** Takes the first request of a type that was not taken yet, waiting for it. */
  async next(type: string): Promise<Received> {
    await pollFor(
      () => this.#unread,
      (unread) => unread.some((request) => request.type === type),
      { intervalMs: 1, what: `a ${type} from the client` },
    );
    const index = this.#unread.findIndex((request) => request.type === type);
    const [request] = this.#unread.splice(index, 1);
    if (request === undefined) throw new Error(`No ${type} came`);
    return request;
  }

  /** Requests that were not taken yet. */
  get unread(): readonly Received[] {
    return this.#unread;
  }

  send(frame: object): void {
    this.#socket.send(JSON.stringify(frame));
  }

  sendText(frame: string): void {
    this.#socket.send(frame);
  }

  /** Answers hello: takes it, sends welcome with these rooms, and hands hello out. */
  async welcome(
    rooms: readonly Room[] = [room('lobby')],
    fields: object = { token: 'guest-token' },
  ): Promise<Received> {
    const hello = await this.next('hello');
    this.send({ type: 'welcome', version: 1, you, rooms, limits: DEFAULT_LIMITS, ...fields });
    return hello;
  }

  /** Takes a join and answers it. */
  async joined(seqs: readonly number[], fields: Partial<Room> = {}): Promise<Received> {
    const join = await this.next('room.join');
    const name = String(join['room']);
    const events = seqs.map((seq) => message(seq, { room: name }));
    const lastSeq = seqs.at(-1) ?? 0;
    this.send({
      type: 'room.joined',
      re: join.id,
      room: room(name, { lastSeq, ...fields }),
      members: [],
      total: 0,
      events,
      more: false,
    });
    return join;
  }

  /** Drops the connection without a goodbye, as a torn cable and a reset do. */
  cut(): void {
    this.#socket.terminate();
  }

  close(code: number, reason = ''): void {
    this.#socket.close(code, reason);
  }
}

export class ScriptedServer {
  #server: Server | undefined;
  #sockets: WebSocketServer | undefined;
  #port = 0;
  readonly #waiting: ServerSide[] = [];
  readonly connections: ServerSide[] = [];

  static async start(): Promise<ScriptedServer> {
    const server = new ScriptedServer();
    await server.listen();
    return server;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}/ws`;
  }

  /** Listens, on the same port as before. */
  async listen(): Promise<void> {
    // Public rooms can be read; of HTTP there is nothing else.
    const http = createServer(({ url = '' }, response) => {
      response.writeHead(url.startsWith('/api/history') ? 200 : 426, { connection: 'close' }).end();
    });
    this.#server = http;
    this.#sockets = new WebSocketServer({ server: http });
    this.#sockets.on('connection', (socket) => {
      const side = new ServerSide(socket);
      this.connections.push(side);
      this.#waiting.push(side);
    });
    await new Promise<void>((resolve, reject) => {
      http.once('error', reject);
      http.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (http.address() as AddressInfo).port;
  }

  /** The next connection that was not handed out yet, waiting for it. */
  async accept(): Promise<ServerSide> {
    await pollFor(
      () => this.#waiting.length,
      (waiting) => waiting > 0,
      { intervalMs: 1, what: 'a connection' },
    );
    const side = this.#waiting.shift();
    if (side === undefined) throw new Error('No connection came');
    return side;
  }

  /** Cuts every connection and stops listening. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    for (const socket of this.#sockets?.clients ?? []) socket.terminate();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}
