/**
 * Runs before `npm start`, `npm run tui`, `npm run dev`, `npm test`, `npm run test:faults` and `npm run bench`: installs when
 * node_modules is not what the lockfile says, and builds when dist/ is not what the sources say. Needs nothing but Node,
 * because nothing else may be there yet. `build.mjs` takes the hash of the sources from here.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const OLDEST_NODE = [20, 19];
const SOURCES = ['packages', 'apps', 'web', 'package.json', 'package-lock.json', 'tsconfig.json'];
const NOT_SOURCES = new Set(['node_modules', 'dist', 'test', 'coverage']);

/** Whether npm's own record of what it installed has every package that the lockfile wants on this machine. */
function isInstalled() {
  const record = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = readPackages(join(root, 'package-lock.json'));
  const installed = readPackages(record);
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/')) return true;
    const found = installed[path];
    // What is optional may be for another platform.
    return found === undefined ? entry.optional === true : found.version === entry.version;
  });
}

function readPackages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

/** A hash over every source file's path and content, in path order. */
export function hashSources() {
  const hash = createHash('sha256');
  const add = (path) => {
    hash.update(relative(root, path).split(sep).join('/')).update('\0');
    hash.update(readFileSync(path)).update('\0');
  };
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (NOT_SOURCES.has(entry.name) || entry.name.endsWith('.test.ts')) continue;
      if (entry.isDirectory()) walk(join(folder, entry.name));
      else add(join(folder, entry.name));
    }
  };
  for (const source of SOURCES) {
    const path = join(root, source);
    if (source.includes('.')) add(path);
    else walk(path);
  }
  return hash.digest('hex');
}

/** The hash of the sources that dist/ was built from, or an empty string. */
function builtHash() {
  const file = join(root, 'dist/.sources');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function run(what, program, args) {
  console.log(what);
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status === 0) return;
  console.error(`That failed${error ? `: ${error.message}` : ''}. The lines above say why.`);
  process.exit(1);
}

function main() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    console.error(`Parley needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}.`);
    process.exit(1);
  }
  if (!isInstalled()) {
    // Under npm its own path is known; else `npm` from the PATH. Building needs the development packages, whatever NODE_ENV says.
    const npm = process.env.npm_execpath;
    const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
    run(
      'Installing packages (the first time this takes a minute)…',
      npm ? process.execPath : 'npm',
      npm ? [npm, ...args] : args,
    );
  }
  if (builtHash() !== hashSources()) {
    run('Building…', process.execPath, [join(root, 'apps/parley/scripts/build.mjs')]);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
