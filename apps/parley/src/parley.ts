/**
 * Joins core and gateway on one HTTP server. The terminal clients that the gateway runs reach the core over loopback, as
 * any client does; nothing else passes between the two but the secret that signs tickets.
 */
import { openCore, readCoreConfig, type StartProgress } from '@parley/core';
import { createGateway, type Gateway, programsBeside, readGatewayConfig } from '@parley/gateway';
import {
  createLogger,
  type Environment,
  readListenAddress,
  refuseUpgrade,
  type RunningService,
  SettingsReader,
  startHttpServer,
  withinMs,
} from '@parley/service';
import express from 'express';

/** How long terminal clients may take to save their places. One that hangs must not keep the core from closing in order. */
const GATEWAY_TIMEOUT_MS = 1500;

/** Starts everything, telling the person at the keyboard what is going on, a line at a time. */
export async function startParley(environment: Environment, progress: StartProgress): Promise<RunningService> {
  const { tell } = progress;
  const settings = new SettingsReader(environment);
  const address = readListenAddress(settings, { host: '127.0.0.1', port: 8080 });
  const coreConfig = readCoreConfig(settings);
  const gatewayConfig = readGatewayConfig(settings);
  settings.finish();

  const log = createLogger('parley', coreConfig.logLevel);
  const core = await openCore(coreConfig, log, progress);

  let gateway: Gateway | undefined;
  let opening: Promise<Gateway> | undefined;
  let isClosing = false;
  const app = express().disable('x-powered-by');
  // Who asks meanwhile waits for the gateway: the server is not well before its page can be loaded.
  app.use(async (_request, _response, next) => {
    await opening;
    next();
  });
  app.use(core.router);
  app.use((request, response, next) => gateway?.router(request, response, next));
  const server = await startHttpServer(address, app, [
    (_request, socket) => {
      if (isClosing) refuseUpgrade(socket, 503);
      return isClosing;
    },
    core.handleUpgrade,
    (request, socket, head) => {
      if (gateway !== undefined) return gateway.handleUpgrade(request, socket, head);
      refuseUpgrade(socket, 503);
      return true;
    },
  ]);
  // After the server: its terminal clients need to be told the port, which may be one that the system chose.
  opening = createGateway({
    config: gatewayConfig,
    log,
    coreUrl: server.url,
    ...programsBeside(import.meta.url),
    secret: core.secret,
  });
  gateway = await opening;
  const publicUrl = coreConfig.publicUrl?.origin ?? server.url;
  tell(`\nParley is at ${publicUrl}\nFrom a terminal: npm run tui -- ${publicUrl}\n`);

  return {
    async close() {
      tell('Parley is closing.');
      isClosing = true;
      // The terminal clients save their places at the core, over HTTP: they go first, and nothing else comes in.
      const gatewayClosed = gateway.close();
      await withinMs(GATEWAY_TIMEOUT_MS, gatewayClosed);
      const stopped = server.close();
      await core.close();
      await Promise.all([gatewayClosed, stopped]);
    },
  };
}
