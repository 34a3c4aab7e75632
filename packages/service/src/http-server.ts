/**
 * An HTTP server that listens, hands offers of a WebSocket to whoever takes them, gives requests little time to arrive, and
 * closes for certain. Knows no routes.
 */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ListenAddress } from './environment.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';
import { StartError } from './run-service.ts';

/**
 * Connections that the kernel holds until they are accepted, or net.core.somaxconn (4,096) when that is lower. Node's 511
 * overflow when thousands come back at once, and who is dropped tries again after 1, 2, 4, 8 and 16 seconds.
 */
const BACKLOG = 16_384;

/** How long a request may take to arrive. What it is answered, and what comes of an upgrade, may last as long as it likes. */
export interface RequestTimes {
  /** From the connection, or the end of the request before, to the end of the head. */
  readonly headersTimeoutMs: number;
  /** And of the body. */
  readonly requestTimeoutMs: number;
  /** How often is looked: who is late has so much longer. */
  readonly checkMs: number;
}

/** No request is larger than 64 KiB or so. Node gives them 60 s, 300 s and 30 s. */
const REQUEST_TIMES: RequestTimes = { headersTimeoutMs: 10_000, requestTimeoutMs: 30_000, checkMs: 5000 };

/** They speak of this connection, and of a protocol that is not spoken. */
const OFFER_HEADERS = ['connection', 'upgrade', 'http2-settings'];

/**
 * Takes the upgrade and answers true, or leaves the socket alone and answers false. The socket has an 'error' listener, for as
 * long as it lives, which destroys it.
 */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;

export interface HttpServer {
  /** The port that is listened on, also where port 0 was asked for. */
  readonly port: number;
  /** An address that reaches the server from this machine. */
  readonly url: string;
  /** Stops accepting and ends idle connections; upgraded sockets are their owners' to close. May be called twice. */
  close(): Promise<void>;
}

/** Starts listening, or throws a StartError that says in words why that is impossible. */
export async function startHttpServer(
  address: ListenAddress,
  handleRequest: RequestListener,
  upgradeHandlers: readonly UpgradeHandler[] = [],
  { headersTimeoutMs, requestTimeoutMs, checkMs }: RequestTimes = REQUEST_TIMES,
): Promise<HttpServer> {
  const options = {
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: checkMs,
    // From Node 24.9 on; the typings are those of the oldest that is supported.
    shouldUpgradeCallback: offersWebSocket,
  };
  const server = createServer(options, handleRequest);
  server.on('upgrade', (request, socket, head) => {
    if (!offersWebSocket(request)) return readAnew(server, request, socket, head);
    // While nobody else listens, a reset would be an uncaught 'error'.
    socket.on('error', destroyThis);
    for (const handle of upgradeHandlers) if (handle(request, socket, head)) return;
    refuseUpgrade(socket, 404);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new StartError(describeListenError(error, address))));
    server.listen({ port: address.port, host: address.host, backlog: BACKLOG }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  return {
    port,
    url: `http://${reachableHost(address.host)}:${port}`,
    close() {
      closed ??= new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        // A request that is still being answered gets a moment, then its connection ends: closing must not wait for a client.
        setTimeout(() => server.closeAllConnections(), 1000).unref();
      });
      return closed;
    },
  };
}

const offersWebSocket = ({ headers: { upgrade = '' } }: IncomingMessage): boolean =>
  upgrade.split(',').some((protocol) => protocol.trim().toLowerCase() === 'websocket');

/**
 * Where Node knows no `shouldUpgradeCallback`: gives the server a request again, without its offer of a protocol that nobody
 * speaks, which is to be ignored (RFC 9110, 7.8). By then Node has let go of the socket and has not read the body, so the head
 * is put back before it. Such a connection has one request: the rest of one whose head Node has cut short, for its many lines,
 * must not be taken for the next.
 */
function readAnew(server: Server, request: IncomingMessage, socket: Duplex, body: Buffer): void {
  const lines = [`${request.method ?? ''} ${request.url ?? ''} HTTP/${request.httpVersion}`];
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index] ?? '';
    if (!OFFER_HEADERS.includes(name.toLowerCase())) lines.push(`${name}: ${request.rawHeaders[index + 1] ?? ''}`);
  }
  const head = Buffer.from(`${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`, 'latin1');
  socket.unshift(Buffer.concat([head, body]));
  server.emit('connection', socket);
}

/** Shared by all sockets: a closure made here would keep each connection's request in memory for as long as it lives. */
function destroyThis(this: Duplex): void {
  this.destroy();
}

/** 0.0.0.0 and :: can be listened on but not, everywhere, connected to. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

function describeListenError(error: NodeJS.ErrnoException, { host, port }: ListenAddress): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use by another program. Set SERVER_PORT to a free one.`;
    case 'EACCES':
      return `Port ${port} on ${host} may not be used by this user. Set SERVER_PORT to one above 1023.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is no address of this machine. Set SERVER_HOST to one that is, such as 127.0.0.1 or 0.0.0.0.`;
    default:
      return `Could not listen on ${host}:${port}: ${error.message}`;
  }
}
