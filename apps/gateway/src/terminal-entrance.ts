/**
 * `/terminal`: who may open a terminal, and the sockets of those who have. Knows no programs.
 *
 *   upgrade ──▶ closing? 503 ──▶ Origin? 403 ──▶ too many from the address? 429
 *     ──▶ whose cookie it is can't be said? 503 ──▶ WebSocket, waiting for attach
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { CLOSE, MAX_CLIENT_FRAME_BYTES } from '@parley/protocol';
import { addressKey, clientAddress, originAllowed, pathOf, refuseUpgrade } from '@parley/service';
import { WebSocketServer } from 'ws';
import { readCookie, sessionKey } from './browser-cookie.ts';
import type { Browsers } from './browsers.ts';
import type { GatewayConfig } from './config.ts';
import type { Sessions } from './sessions.ts';
import { TerminalSocket, type TerminalSocketTimes } from './terminal-socket.ts';

export interface TerminalEntranceOptions {
  readonly config: GatewayConfig;
  readonly browsers: Browsers;
  readonly sessions: Sessions;
  readonly times: TerminalSocketTimes;
}

/** Sockets an address may hold beyond its sessions: those that have yet to attach, and those that are closing. */
const SOCKET_ALLOWANCE = 20;

export class TerminalEntrance {
  readonly #options: TerminalEntranceOptions;
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_CLIENT_FRAME_BYTES,
    // One frame of a socket a turn. A read brings thousands of small ones, and one page that sends nothing else would keep
    // everyone else's keys waiting for half a second.
    allowSynchronousEvents: false,
  });
  /** The groups of addresses that they count for. */
  readonly #sockets = new Map<TerminalSocket, string>();
  /** Those whose cookie is being looked up. */
  readonly #arriving = new Map<Duplex, string>();
  #isClosing = false;

  constructor(options: TerminalEntranceOptions) {
    this.#options = options;
  }

  /** Takes an upgrade to `/terminal`; false for any other. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    if (pathOf(request) !== '/terminal') return false;
    const { config } = this.#options;
    const { origin, host } = request.headers;
    const address = clientAddress(request, config.trustProxy);
    if (this.#isClosing) refuseUpgrade(socket, 503);
    // A terminal is for pages only, and a browser always says which page: no Origin is refused too.
    else if (origin === undefined || !originAllowed(origin, host, config)) refuseUpgrade(socket, 403);
    else if (this.#heldBy(addressKey(address)) >= config.maxSessionsPerAddress + SOCKET_ALLOWANCE) {
      refuseUpgrade(socket, 429);
    } else void this.#admit(request, socket, head, address);
    return true;
  }

  /** Takes no more, and closes every socket with 4503. */
  close(): void {
    this.#isClosing = true;
    for (const socket of this.#sockets.keys()) socket.dismiss(CLOSE.goingAway);
  }

  #heldBy(group: string): number {
    let count = 0;
    for (const each of this.#sockets.values()) if (each === group) count += 1;
    for (const each of this.#arriving.values()) if (each === group) count += 1;
    return count;
  }

  async #admit(request: IncomingMessage, socket: Duplex, head: Buffer, address: string): Promise<void> {
    const { browsers, sessions, times } = this.#options;
    const group = addressKey(address);
    const cookie = readCookie(request.headers.cookie);
    let browser: string | undefined;
    this.#arriving.set(socket, group);
    try {
      browser = cookie === undefined ? undefined : await browsers.browserOf(cookie, address);
    } catch {
      return refuseUpgrade(socket, 503);
    } finally {
      this.#arriving.delete(socket);
    }
    if (this.#isClosing) return refuseUpgrade(socket, 503);
    const keyOf = (tab: string): string | undefined => (browser === undefined ? undefined : sessionKey(browser, tab));
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const terminalSocket = new TerminalSocket(webSocket, socket, sessions, { address, keyOf }, times);
      this.#sockets.set(terminalSocket, group);
      webSocket.once('close', () => this.#sockets.delete(terminalSocket));
    });
  }
}
