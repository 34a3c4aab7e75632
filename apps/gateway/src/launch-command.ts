/**
 * How a terminal program is started so that it can do no harm: with nothing of the gateway's environment, no right to
 * files, processes or threads (Node's permission flags), and as an unprivileged user where the gateway is root.
 */
import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { type Logger, StartError } from '@parley/service';
import type { GatewayConfig } from './config.ts';

/** The terminal program: one CommonJS file that needs no other file. */
export interface TuiProgram {
  readonly path: string;
  readonly args?: readonly string[];
}

/** A command line, its environment, and who owns the terminal it runs on when that is not the gateway's own user. */
export interface LaunchCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * A terminal client is idle nearly always, so nothing is optimised and no thread waits for it. Measured on Node 20, six at
 * 120×40, without these and with: private memory after 300 messages 30.7 MB and 17.0; CPU a message 1.2 ms and 1.0;
 * first full screen 107 ms and 119. (--lite-mode would save 1 MB more, but drops WebAssembly, and with it fetch.)
 */
const MEMORY_FLAGS = ['--max-semi-space-size=1', '--optimize-for-size', '--no-opt', '--max-lazy', '--single-threaded'];

/**
 * A host's clients together are busy, so its code is optimised; its heap stays near what is alive in it. With 200 clients at
 * 120×40: 104 MB in all and 90 µs of CPU a message and client; 115–138 MB without a bound to its growth, and no less CPU;
 * with --optimize-for-size 101 MB, and in a room with 50 messages a second 1.6 times the CPU.
 */
const HOST_FLAGS = [
  // What a frame leaves behind is mostly dead when it is looked at: with 1 MB a tenth more CPU in a lively room, and 12 KB less
  // a client.
  '--max-semi-space-size=2',
  '--heap-growing-percent=30',
  // Garbage is collected by one thread; another one optimises code, which stopped all clients for up to 65 ms a function.
  '--single-threaded-gc',
  '--v8-pool-size=1',
  // A client's state has a dozen shapes before it settles on one. Past this many V8 gives up on telling them apart, for good.
  '--max-valid-polymorphic-map-count=16',
  // Optimising took a third of the CPU while a hundred clients came back at once. What is worth it is so a moment later, too.
  '--interrupt-budget=400000',
];

/** A host opens its clients' terminals by name; whose they are decides the system. */
const HOST_PERMISSION_FLAGS = ['--allow-fs-read=/dev/pts/*', '--allow-fs-write=/dev/pts/*'];

const PERMISSION_FLAGS = [
  process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission',
  // Newer Nodes deny the network too unless asked.
  ...(process.allowedNodeEnvironmentFlags.has('--allow-net') ? ['--allow-net'] : []),
  '--disable-warning=ExperimentalWarning',
  '--disable-warning=SecurityWarning',
];

/**
 * The program is read before the privileges go: it may lie in a folder that only root can enter. Compiled by hand since
 * `require` would read it afterwards.
 */
const LOAD = `
const file = process.argv[1];
const wrapper = ['exports', 'require', 'module', '__filename', '__dirname'];
const program = require('vm').compileFunction(require('fs').readFileSync(file, 'utf8'), wrapper, { filename: file });`;
/** So are the certificates of a core that has an authority of its own: some Nodes read them when they first need them. */
const READ_AUTHORITIES = `
if (process.env.NODE_EXTRA_CA_CERTS) require('tls').createSecureContext();`;
/** A host inherits other sessions' PTYs (see pty-pair), whose numbers it is told last. */
const CLOSE_INHERITED = `
for (const fd of JSON.parse(process.argv.pop())) try { require('fs').closeSync(fd); } catch {}`;
const RUN = `
const loaded = { exports: {} };
program(loaded.exports, require, loaded, file, require('path').dirname(file));`;

/**
 * Works out how the program can be run on this machine, and says in the log where that is less than it should be. A host
 * of many clients takes one argument more: the descriptors to close, as JSON.
 */
export async function findLaunchCommand(
  program: TuiProgram,
  holds: 'one client' | 'many clients',
  user: GatewayConfig['sessionUser'],
  log: Logger,
): Promise<LaunchCommand> {
  const path = await realpath(program.path).catch(() => {
    throw new StartError(`The terminal client is missing: there is no ${program.path}. Run \`npm run build\`.`);
  });
  const drop = `process.setgroups([]);process.setgid(${user.gid});process.setuid(${user.uid});`;
  const isHost = holds === 'many clients';
  const wanted = isHost ? HOST_FLAGS : MEMORY_FLAGS;
  const [memoryFlags, owner] = await Promise.all([knownFlags(wanted), findOwner(drop, user, log)]);
  return {
    file: process.execPath,
    args: [
      ...memoryFlags,
      ...PERMISSION_FLAGS,
      `--allow-fs-read=${path}`,
      ...(isHost ? HOST_PERMISSION_FLAGS : []),
      '--eval',
      `${isHost ? CLOSE_INHERITED : ''}${LOAD}${owner === undefined ? '' : READ_AUTHORITIES + drop}${RUN}`,
      path,
      ...(isHost ? [] : ['--hosted']),
      ...(program.args ?? []),
    ],
    environment: nodeEnvironment(),
    owner,
  };
}

/** What Node itself is told: no PATH, no HOME, no secret. Whom it may trust is its own setting, not one of Parley's. */
function nodeEnvironment(): Record<string, string> {
  const authorities = process.env['NODE_EXTRA_CA_CERTS'] ?? '';
  return {
    LANG: 'C.UTF-8',
    // The program runs in another folder.
    ...(authorities === '' ? {} : { NODE_EXTRA_CA_CERTS: resolve(authorities) }),
  };
}

/** A root that is not the machine's (in a user namespace) may have no other user to become. */
async function findOwner(
  drop: string,
  user: GatewayConfig['sessionUser'],
  log: Logger,
): Promise<LaunchCommand['owner']> {
  if (process.getuid?.() !== 0) return undefined;
  if (await runs([], drop)) return user;
  log.warn('terminal programs keep the user of the gateway: this root may not become another');
  return undefined;
}

/** Those that this Node knows. */
async function knownFlags(flags: readonly string[]): Promise<readonly string[]> {
  if (await runs(flags, '')) return flags;
  const known = await Promise.all(flags.map((flag) => runs([flag], '')));
  return flags.filter((_, index) => known[index]);
}

/** Whether this Node knows the flags (V8's come and go) and can run the code. */
async function runs(flags: readonly string[], code: string): Promise<boolean> {
  try {
    await promisify(execFile)(process.execPath, [...flags, '--eval', code], { env: {} });
    return true;
  } catch {
    return false;
  }
}
