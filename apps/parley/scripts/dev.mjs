/** `npm run dev`: rebuilds what changed and starts the server again; the page rebuilds on its own and wants a reload. */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { context } from 'esbuild';
import { build as buildPage } from 'vite';
import { bundles, copyAssets, pageOptions } from './build.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const dist = join(root, 'dist');
let server;
let restart = Promise.resolve();

function startServer() {
  copyAssets(dist);
  server = spawn(process.execPath, ['--enable-source-maps', join(dist, 'parley.js')], { cwd: root, stdio: 'inherit' });
}

/** One restart at a time: the old server must have left its port and its folder first. */
async function restartServer(before) {
  await before;
  if (server !== undefined && server.exitCode === null && server.signalCode === null) {
    const exited = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGTERM');
    await exited;
  }
  startServer();
}

const restartAfterBuild = {
  name: 'restart-after-build',
  setup(build) {
    build.onEnd(({ errors }) => {
      if (errors.length === 0) restart = restartServer(restart);
    });
  },
};

mkdirSync(dist, { recursive: true });
const page = pageOptions(dist);
await buildPage({ ...page, build: { ...page.build, watch: {} } });
for (const options of bundles(dist)) {
  const watched = await context({ ...options, plugins: [...options.plugins, restartAfterBuild] });
  await watched.watch();
}
// The terminal sends a Ctrl-C to the server as well, which would take another SIGINT for a second one: SIGTERM it is.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) process.exit(0);
    server.once('exit', () => process.exit(0));
    server.kill('SIGTERM');
  });
}
