/** The core on its own: what a container of the `core` service runs. */
import {
  createLogger,
  loadEnvironment,
  readListenAddress,
  runService,
  SettingsReader,
  startHttpServer,
} from '@parley/service';
import express from 'express';
import { readCoreConfig } from './config.ts';
import { openCore } from './open-core.ts';

await runService(async (stopping) => {
  const settings = new SettingsReader(loadEnvironment(process.cwd()));
  const address = readListenAddress(settings, { host: '127.0.0.1', port: 8080 });
  const config = readCoreConfig(settings);
  settings.finish();

  const core = await openCore(config, createLogger('core', config.logLevel), {
    tell: (line) => console.log(line),
    stopping,
  });
  const app = express().disable('x-powered-by');
  app.use(core.router);
  const server = await startHttpServer(address, app, [core.handleUpgrade]);
  console.log(`Parley's core is at ${config.publicUrl?.href ?? server.url}`);

  return {
    async close() {
      const stopped = server.close();
      await core.close();
      await stopped;
    },
  };
});
