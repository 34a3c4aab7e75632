/**
 * Puts the gateway together: the page, `/healthz`, and the WebSocket at `/terminal`. Knows no chat: it starts a program
 * named by its options and tells it where the core is.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  ATTACH_TIMEOUT_MS,
  CLOSE,
  type HostedClient,
  MAX_CLIENT_FRAME_BYTES,
  PING_INTERVAL_MS,
} from '@parley/protocol';
import {
  addressKey,
  clientAddress,
  type Logger,
  originAllowed,
  pathOf,
  refuseUpgrade,
  type UpgradeHandler,
} from '@parley/service';
import express, { type Router } from 'express';
import { WebSocketServer } from 'ws';
import { Browsers } from './browsers.ts';
import type { GatewayConfig } from './config.ts';
import { findLaunchCommand, hostedClient, programEnvironment, type TuiProgram } from './launch-command.ts';
import { servePage } from './page.ts';
import { PtySession } from './pty-session.ts';
import { readCookie, sessionKey } from './session-cookie.ts';
import { Sessions } from './sessions.ts';
import { TerminalHosts } from './terminal-hosts.ts';
import type { OpenTerminal, TerminalOrder } from './terminal-session.ts';
import { TerminalSocket, type TerminalSocketTimes } from './terminal-socket.ts';

export interface GatewayOptions {
  readonly config: GatewayConfig;
  readonly log: Logger;
  /** Base URL (http or https) of the core, as the terminal programs reach it. */
  readonly coreUrl: string;
  /** The terminal client that has a process to itself. */
  readonly tuiProgram: TuiProgram;
  /** The one that holds many. */
  readonly tuiHost: TuiProgram;
  /** The built page. */
  readonly webFolder: string;
  /** The core's secret; without it the core takes all hosted clients for one address. */
  readonly secret?: Uint8Array | undefined;
  readonly times?: Partial<TerminalSocketTimes & { readonly hostPingIntervalMs: number }>;
}

export interface Gateway {
  readonly router: Router;
  /** True when the request was for `/terminal` and has been dealt with. */
  readonly handleUpgrade: UpgradeHandler;
  /** Ends every session and closes every socket with 4503. May be called twice. */
  close(): Promise<void>;
}

/** Sockets an address may hold beyond its sessions: those that have yet to attach, and those that are closing. */
const SOCKET_ALLOWANCE = 20;

/** How often hosts are asked whether they live: one that hangs is noticed after half a second. */
const HOST_PING_INTERVAL_MS = 100;

/** Throws a StartError when the page or the program is missing. */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, log } = options;
  const times = { attachTimeoutMs: ATTACH_TIMEOUT_MS, pingIntervalMs: PING_INTERVAL_MS, ...options.times };
  const browsers = new Browsers({ coreUrl: options.coreUrl, secret: options.secret, log });
  const [page, terminals] = await Promise.all([servePage(options.webFolder, config, browsers), openTerminals(options)]);
  const sessions = new Sessions(config, terminals.open, log);
  const server = new WebSocketServer({ noServer: true, maxPayload: MAX_CLIENT_FRAME_BYTES, perMessageDeflate: false });
  const sockets = new Map<TerminalSocket, string>();
  /** Those whose cookie is being looked up. */
  const arriving = new Map<Duplex, string>();
  let closing: Promise<void> | undefined;

  const router = express.Router();
  router.get('/healthz', (_request, response) => {
    response.setHeader('Cache-Control', 'no-store').json({ status: 'ok', sessions: sessions.size });
  });
  router.use(page);

  const accept = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    if (closing !== undefined) return refuseUpgrade(socket, 503);
    // A terminal is for pages only, and a browser always says which page: no Origin is refused too.
    const { origin, host } = request.headers;
    if (origin === undefined || !originAllowed(origin, host, config)) return refuseUpgrade(socket, 403);
    const address = clientAddress(request, config.trustProxy);
    const group = addressKey(address);
    const held = [...sockets.values(), ...arriving.values()].filter((each) => each === group).length;
    if (held >= config.maxSessionsPerAddress + SOCKET_ALLOWANCE) return refuseUpgrade(socket, 429);
    const cookie = readCookie(request.headers.cookie);
    let browser: string | undefined;
    if (cookie !== undefined) {
      const ignore = (): void => {};
      socket.on('error', ignore);
      arriving.set(socket, group);
      try {
        browser = await browsers.browserOf(cookie, address);
      } catch {
        return refuseUpgrade(socket, 503);
      } finally {
        arriving.delete(socket);
      }
      socket.removeListener('error', ignore);
      if (closing !== undefined) return refuseUpgrade(socket, 503);
    }
    const keyOf = (tab: string): string | undefined => (browser === undefined ? undefined : sessionKey(browser, tab));
    server.handleUpgrade(request, socket, head, (webSocket) => {
      const terminalSocket = new TerminalSocket(webSocket, sessions, { address, keyOf }, times);
      sockets.set(terminalSocket, group);
      webSocket.once('close', () => sockets.delete(terminalSocket));
    });
  };

  return {
    router,
    handleUpgrade(request, socket, head) {
      if (pathOf(request) !== '/terminal') return false;
      void accept(request, socket, head);
      return true;
    },
    close() {
      closing ??= (async () => {
        const ended = sessions.close();
        for (const socket of sockets.keys()) socket.dismiss(CLOSE.goingAway);
        await ended;
        await terminals.close();
      })();
      return closing;
    },
  };
}

/** The way in which terminals are opened: each in a process of its own, or many in a host. */
async function openTerminals(options: GatewayOptions): Promise<{ open: OpenTerminal; close(): Promise<void> }> {
  const { config, log, coreUrl, secret, tuiProgram, tuiHost, times } = options;
  const client = (order: TerminalOrder): Promise<HostedClient> => hostedClient(order, coreUrl, secret);
  const { sessionsPerTuiProcess: sessionsPerHost, sessionUser } = config;
  if (sessionsPerHost === 1) {
    const command = await findLaunchCommand(tuiProgram, 'one client', sessionUser, log);
    return {
      open: async (order) => new PtySession(command, programEnvironment(await client(order)), order.size),
      close: async () => {},
    };
  }
  const command = await findLaunchCommand(tuiHost, 'many clients', sessionUser, log);
  const pingIntervalMs = times?.hostPingIntervalMs ?? HOST_PING_INTERVAL_MS;
  return new TerminalHosts({ command, log, sessionsPerHost, pingIntervalMs, client });
}
