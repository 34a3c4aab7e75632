/** How an upgrade is refused: in HTTP, and with the socket gone for certain. Knows no reasons. */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** How long the answer may take to leave: who has not read what came before it has no more time than that. */
const LEAVE_TIMEOUT_MS = 2000;

/**
 * Answers an upgrade with an HTTP status, and with these headers beside those that every refusal has. The socket is destroyed
 * once the answer has left: the HTTP server has let go of it, so a peer that never closes would hold it for ever. An 'error'
 * listener it has already, as `UpgradeHandler` says.
 */
export function refuseUpgrade(socket: Duplex, status: number, headers: Readonly<Record<string, string>> = {}): void {
  const timer = setTimeout(() => socket.destroy(), LEAVE_TIMEOUT_MS).unref();
  socket.once('close', () => clearTimeout(timer));
  socket.once('finish', () => socket.destroy());
  const lines = Object.entries({ ...headers, Connection: 'close', 'Content-Length': '0' }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`);
}
