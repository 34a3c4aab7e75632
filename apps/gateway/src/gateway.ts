/**
 * Puts the gateway together: the page, `/healthz`, and the WebSocket at `/terminal`. Knows no chat: it starts a program
 * named by its options and tells it where the core is.
 */
import { fileURLToPath } from 'node:url';
import { ATTACH_TIMEOUT_MS, type HostedClient, PING_INTERVAL_MS } from '@parley/protocol';
import type { Logger, UpgradeHandler } from '@parley/service';
import express, { type Router } from 'express';
import { Browsers } from './browsers.ts';
import type { GatewayConfig } from './config.ts';
import { hostedClient, programEnvironment } from './hosted-client.ts';
import { findLaunchCommand, type TuiProgram } from './launch-command.ts';
import { servePage } from './page.ts';
import { PtySession } from './pty-session.ts';
import { Sessions } from './sessions.ts';
import { TerminalEntrance } from './terminal-entrance.ts';
import { TerminalHosts } from './terminal-hosts.ts';
import type { OpenTerminal, TerminalOrder } from './terminal-session.ts';
import type { TerminalSocketTimes } from './terminal-socket.ts';

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

/** What a build puts beside a server's module, whose `import.meta.url` this is. */
export function programsBeside(url: string): Pick<GatewayOptions, 'tuiProgram' | 'tuiHost' | 'webFolder'> {
  const pathOf = (name: string): string => fileURLToPath(new URL(name, url));
  return {
    tuiProgram: { path: pathOf('./tui.cjs') },
    tuiHost: { path: pathOf('./tui-host.cjs') },
    webFolder: pathOf('./web/'),
  };
}

/** How often hosts are asked whether they live: one that hangs is noticed after half a second. */
const HOST_PING_INTERVAL_MS = 100;

/** Throws a StartError when the page or the program is missing. */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, log } = options;
  const times = { attachTimeoutMs: ATTACH_TIMEOUT_MS, pingIntervalMs: PING_INTERVAL_MS, ...options.times };
  const browsers = new Browsers({ coreUrl: options.coreUrl, secret: options.secret, log });
  const [page, terminals] = await Promise.all([servePage(options.webFolder, config, browsers), openTerminals(options)]);
  const sessions = new Sessions(config, terminals.open, log);
  const entrance = new TerminalEntrance({ config, browsers, sessions, times });
  let closing: Promise<void> | undefined;

  const router = express.Router();
  router.get('/healthz', (_request, response) => {
    const { size, watched } = sessions;
    response.setHeader('Cache-Control', 'no-store').json({ status: 'ok', sessions: size, watched });
  });
  router.use(page);

  return {
    router,
    handleUpgrade: (request, socket, head) => entrance.handleUpgrade(request, socket, head),
    close() {
      closing ??= (async () => {
        const ended = sessions.close();
        entrance.close();
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
