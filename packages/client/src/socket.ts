/** A text socket as the connection needs it, and the one of Node's `ws`. Knows no messages. */
import { type ClientOptions, WebSocket } from 'ws';

/** What a socket tells, never before `createSocket` has returned. `closed` comes exactly once, also when the socket never opened. */
export interface SocketListener {
  opened(): void;
  received(text: string): void;
  /** The other side showed a sign of life that is no message. */
  alive(): void;
  /** `reason` is what the server said or, when it said nothing, what a person should know. */
  closed(code: number, reason: string): void;
}

export interface ClientSocket {
  send(text: string): void;
  /** Says goodbye; `closed` follows. */
  close(code: number): void;
  /** Drops the connection without waiting for the other side; `closed` follows. */
  terminate(): void;
  /**
   * Keeps news (see SharedFrame) rather than telling it, until `takeNews` is called or something else comes, before which it
   * tells what it has kept. `hints`: only those; an event is told at once. Absent where telling costs nothing worth saving.
   */
  keepNews?(what: 'all' | 'hints'): void;
  /** What has been kept, in order; news is told again from here on. */
  takeNews?(): readonly string[];
}

export type CreateSocket = (
  url: string,
  options: { headers: Readonly<Record<string, string>> },
  listener: SocketListener,
) => ClientSocket;

const HANDSHAKE_TIMEOUT_MS = 10_000;
/** A program that ends must not wait for a server that does not answer its goodbye. */
const CLOSE_TIMEOUT_MS = 1000;
/** A server's frame is 256 KiB or a single larger object: a page of 200 long events, escaped, stays far below this. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

/** How the client's WebSockets are opened. `closeTimeout` is younger than the typings. */
export const SOCKET_OPTIONS: ClientOptions & { closeTimeout: number } = {
  handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  closeTimeout: CLOSE_TIMEOUT_MS,
  maxPayload: MAX_FRAME_BYTES,
  perMessageDeflate: false,
};

/** Opens a WebSocket of `ws`. */
export const openWebSocket: CreateSocket = (url, { headers }, listener) => {
  const socket = new WebSocket(url, { headers: { ...headers }, ...SOCKET_OPTIONS });
  let problem = '';
  socket.on('open', () => listener.opened());
  // With its default binaryType ws hands every frame over as a Buffer.
  socket.on('message', (data: Buffer, isBinary) => (isBinary ? listener.alive() : listener.received(data.toString())));
  socket.on('ping', () => listener.alive());
  socket.on('pong', () => listener.alive());
  socket.on('error', (error) => (problem = describeFault(error)));
  socket.on('close', (code, reason) => listener.closed(code, reason.toString() || problem));
  return {
    send: (text) => socket.send(text),
    close: (code) => socket.close(code),
    terminate: () => socket.terminate(),
  };
};

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing answers at this address.',
  ENOTFOUND: 'There is no server of that name.',
  EAI_AGAIN: 'The name of the server could not be looked up.',
  ETIMEDOUT: 'The server did not answer in time.',
  EHOSTUNREACH: 'The server cannot be reached from here.',
  ENETUNREACH: 'There is no network.',
  ECONNRESET: 'The connection was cut.',
};

/** What a socket's error means, for a person. */
export function describeFault(error: Error & { code?: unknown }): string {
  const words = typeof error.code === 'string' ? WORDS[error.code] : undefined;
  if (words !== undefined) return words;
  const status = /^Unexpected server response: (\d+)$/.exec(error.message)?.[1];
  return status === undefined ? error.message : describeStatus(status);
}

/** Those with which a server of Parley's, or a proxy before it, refuses for now. */
const REFUSALS: Readonly<Record<string, string>> = {
  429: 'The server has too many connections from here.',
  502: 'The server is not up.',
  503: 'The server is starting anew.',
  504: 'The server does not answer.',
};

/** What an answer to an upgrade other than yes means, for a person. */
export const describeStatus = (status: number | string): string =>
  REFUSALS[status] ?? `What answers at this address is no Parley server (HTTP ${status}).`;
