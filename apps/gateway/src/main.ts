/** The gateway on its own, in front of a core elsewhere: page, terminals, and the core's `/api` and `/ws` passed on. */
import {
  createLogger,
  loadEnvironment,
  readListenAddress,
  runService,
  SettingsReader,
  startHttpServer,
} from '@parley/service';
import express from 'express';
import { readGatewayConfig } from './config.ts';
import { createCoreProxy } from './core-proxy.ts';
import { createGateway, programsBeside } from './gateway.ts';

await runService(async () => {
  const settings = new SettingsReader(loadEnvironment(process.cwd()));
  const address = readListenAddress(settings, { host: '127.0.0.1', port: 8080 });
  const config = readGatewayConfig(settings);
  const { coreUrl } = config;
  if (settings.raw('CORE_URL') === undefined) {
    settings.problem(
      'CORE_URL is not set: a gateway on its own needs to know where the core is, such as http://core:8080.',
    );
  }
  settings.finish();
  if (coreUrl === undefined) throw new Error('unreachable: finish() throws when CORE_URL is missing');

  const log = createLogger('gateway', config.logLevel);
  const gateway = await createGateway({
    config,
    log,
    coreUrl: coreUrl.href,
    ...programsBeside(import.meta.url),
    secret: config.jwtSecret === undefined ? undefined : new TextEncoder().encode(config.jwtSecret),
  });
  const proxy = createCoreProxy(coreUrl, config.trustProxy, log);
  const app = express().disable('x-powered-by');
  app.use((request, response, next) => {
    if (!proxy.handleRequest(request, response)) next();
  });
  app.use(gateway.router);
  const server = await startHttpServer(address, app, [gateway.handleUpgrade, proxy.handleUpgrade]);
  console.log(`Parley's gateway is at ${config.publicUrl?.href ?? server.url}`);

  return {
    async close() {
      const stopped = server.close();
      await gateway.close();
      proxy.close();
      await stopped;
    },
  };
});
