/**
 * Builds dist/: the three servers and the terminal client with esbuild, the page with vite. It builds beside dist/ and
 * swaps at the end, so that a program that starts meanwhile never sees half of it.
 */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { build as bundle } from 'esbuild';
import { build as buildPage } from 'vite';
import { blessedPlugin } from '../../../packages/terminal/build/blessed-plugin.mjs';
import { hashSources } from './prepare.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Parley's own packages go into the bundle; third-party ones stay in node_modules, native parts and all. */
const thirdPartyStaysOutside = {
  name: 'third-party-stays-outside',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || path.startsWith('@parley/') ? undefined : { path, external: true },
    );
  },
};

const shared = { absWorkingDir: root, bundle: true, platform: 'node', target: 'node20', logLevel: 'warning' };

/** What esbuild makes of the sources, into the folder. */
export const bundles = (folder) => [
  {
    ...shared,
    entryPoints: {
      parley: 'apps/parley/src/main.ts',
      core: 'apps/core/src/main.ts',
      gateway: 'apps/gateway/src/main.ts',
    },
    outdir: folder,
    format: 'esm',
    splitting: true,
    sourcemap: true,
    plugins: [thirdPartyStaysOutside],
  },
  {
    ...shared,
    entryPoints: { tui: 'apps/tui/src/main.ts', 'tui-host': 'apps/tui/src/host.ts' },
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    minify: true,
    plugins: [blessedPlugin()],
  },
];

/** What is taken as it is: the programs look for these beside themselves. */
export function copyAssets(folder) {
  const store = join(root, 'packages/store/src');
  cpSync(join(store, 'embedded-worker.mjs'), join(folder, 'embedded-worker.mjs'));
  cpSync(join(store, 'migrations'), join(folder, 'migrations'), { recursive: true });
}

/** An empty embedded database, made once for each version of PGlite: see embedded-worker.mjs. */
async function copyDatabaseTemplate(folder) {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules/@electric-sql/pglite/package.json'), 'utf8'));
  const template = join(root, `node_modules/.cache/parley-embedded-${version}`);
  if (!existsSync(template)) {
    const unfinished = `${template}-${process.pid}`;
    await (await PGlite.create({ dataDir: unfinished })).close();
    renameSync(unfinished, template);
  }
  const copy = join(folder, 'embedded-template');
  cpSync(template, copy, { recursive: true });
  // Postgres makes files for their owner alone; a container builds as root and runs as someone else.
  chmodSync(copy, 0o755);
  for (const entry of readdirSync(copy, { recursive: true, withFileTypes: true })) {
    chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
  }
}

export const pageOptions = (folder) => ({
  root: join(root, 'web'),
  logLevel: 'warn',
  build: { outDir: join(folder, 'web'), emptyOutDir: true },
});

async function main() {
  const sources = hashSources();
  const dist = join(root, 'dist');
  const next = join(root, `node_modules/.cache/parley-build-${process.pid}`);
  rmSync(next, { recursive: true, force: true });
  mkdirSync(next, { recursive: true });
  try {
    await Promise.all([...bundles(next).map((options) => bundle(options)), buildPage(pageOptions(next))]);
    copyAssets(next);
    await copyDatabaseTemplate(next);
    writeFileSync(join(next, '.sources'), sources);
    rmSync(dist, { recursive: true, force: true });
    renameSync(next, dist);
  } finally {
    rmSync(next, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
