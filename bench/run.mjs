/**
 * `npm run bench -- NAME`: brings dist/ up to date, bundles bench/src (Node 20 runs no TypeScript) into a folder of this
 * run's own, and starts it. With `--dist FOLDER` another build is measured and nothing is prepared.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const asksForNothing = process.argv.length <= 2 || process.argv.includes('--help');

if (!process.argv.includes('--dist') && !asksForNothing) {
  const prepare = join(root, 'apps/parley/scripts/prepare.mjs');
  const { status } = spawnSync(process.execPath, [prepare], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

const folder = join(root, 'node_modules/.cache', `parley-bench-${process.pid}`);
mkdirSync(folder, { recursive: true });
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

// Only here: on a fresh clone it is `prepare` that installs esbuild.
const { build } = await import('esbuild');
await build({
  absWorkingDir: root,
  entryPoints: { main: 'bench/src/main.ts', role: 'bench/src/role.ts' },
  outdir: folder,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  splitting: true,
  sourcemap: 'inline',
  logLevel: 'warning',
  // The test kit's own setup is not wanted here.
  logOverride: { 'ignored-bare-import': 'silent' },
  plugins: [
    {
      name: 'third-party-stays-outside',
      setup(plugins) {
        plugins.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
          kind === 'entry-point' || path.startsWith('@parley/') ? undefined : { path, external: true },
        );
      },
    },
  ],
});
await import(pathToFileURL(join(folder, 'main.mjs')).href);
