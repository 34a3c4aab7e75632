/** What serves terminal sessions: Parley's gateway with its core, or a bridge that runs irssi on ngircd or `cat`. */
import { randomBytes } from 'node:crypto';
import { type BenchOptions, isWanted, type Releases } from '../bench.ts';
import { findProgram } from '../processes/find-program.ts';
import { startNgircd } from '../processes/ngircd.ts';
import { startParley } from '../processes/parley-server.ts';
import { largestBelow, type Memory, treeCpuSeconds, treeMemory } from '../processes/process-usage.ts';
import { RoleProcess } from '../processes/role-process.ts';
import type { BridgedProgram, role as terminalBridge } from '../roles/terminal-bridge.ts';
import type { role as terminalLoad, TerminalKind } from '../roles/terminal-load.ts';
import { percentile } from '../statistics.ts';

export interface SessionSubject {
  readonly kind: TerminalKind;
  readonly load: RoleProcess<typeof terminalLoad>;
  /** CPU of what serves terminals: gateway and terminal programs, without core or IRC server. */
  cpuSeconds(): number;
  /** Memory of everything, core or IRC server included. */
  memory(): Memory;
  /** Ends and starts the gateway: seconds until the middle one and the last one is back; undefined where sessions would be lost. */
  redeploy?: (() => Promise<Return>) | undefined;
  /** Kills the process that the terminal programs run in. */
  killHost?: (() => Promise<Return>) | undefined;
}

/** How long everyone was away, in seconds: the middle one and the last one; and who did not come back. */
export interface Return {
  readonly p50: number;
  readonly last: number;
  readonly missing: number;
}

const RETURN_TIMEOUT_MS = 60_000;

export async function startIrssi(
  options: BenchOptions,
  releases: Releases,
  notes: string[],
): Promise<SessionSubject | undefined> {
  if (!isWanted(options, 'irssi')) return undefined;
  const irssi = findProgram('irssi');
  const ngircd = irssi === undefined ? undefined : await startNgircd();
  if (irssi === undefined || ngircd === undefined) {
    notes.push(irssi === undefined ? 'irssi: not installed.' : 'irssi: no ngircd to connect to.');
    return undefined;
  }
  releases.keep(ngircd, (each) => each.end());
  const { bridge, port } = await startBridge({ command: [irssi], ircPort: ngircd.port }, releases);
  const load = releases.keep(new RoleProcess<typeof terminalLoad>('terminal-load'), (each) => each.end());
  await load.call.open({ kind: 'irssi', port, speakPort: ngircd.port });
  return {
    kind: 'irssi',
    load,
    cpuSeconds: () => treeCpuSeconds(bridge.pid),
    memory: () => sum(treeMemory(bridge.pid), treeMemory(ngircd.pid)),
  };
}

/** A program under the bridge, a session each time that a socket is opened. */
export async function startBridge(program: BridgedProgram, releases: Releases) {
  const bridge = releases.keep(new RoleProcess<typeof terminalBridge>('terminal-bridge'), async (each) => {
    await each.call.clean();
    await each.end();
  });
  return { bridge, ...(await bridge.call.listen(program)) };
}

export async function startParleySessions(
  options: BenchOptions,
  releases: Releases,
  databaseUrl: string,
): Promise<SessionSubject | undefined> {
  if (!isWanted(options, 'parley')) return undefined;
  const { dist, nodeFlags, profile } = options;
  const secret = randomBytes(32).toString('hex');
  const core = releases.keep(
    await startParley({ program: 'core', dist, databaseUrl, env: { JWT_SECRET: secret }, nodeFlags, profile }),
    (each) => each.end(),
  );
  const startGateway = (port: number) =>
    startParley({
      program: 'gateway',
      dist,
      port,
      nodeFlags,
      profile,
      env: {
        CORE_URL: `http://127.0.0.1:${core.port}`,
        JWT_SECRET: secret,
        MAX_SESSIONS: '10000',
        MAX_SESSIONS_PER_ADDRESS: '10000',
        ...(options.perProcess === undefined ? {} : { SESSIONS_PER_TUI_PROCESS: String(options.perProcess) }),
      },
    });
  let gateway = await startGateway(0);
  releases.keep(core, () => gateway.end());
  const load = releases.keep(new RoleProcess<typeof terminalLoad>('terminal-load'), (each) => each.end());
  await load.call.open({ kind: 'parley', port: gateway.port, speakPort: core.port });
  return {
    kind: 'parley',
    load,
    cpuSeconds: () => treeCpuSeconds(gateway.pid),
    memory: () => sum(treeMemory(core.pid), treeMemory(gateway.pid)),
    redeploy: async () => {
      const back = load.call.comeBack({ timeoutMs: RETURN_TIMEOUT_MS });
      const start = Date.now();
      await gateway.end();
      gateway = await startGateway(gateway.port);
      return returnOf(await back, start);
    },
    // With smaller hosts than usual not everyone is on the same one.
    killHost: options.perProcess === undefined ? () => killHost(gateway.pid, load) : undefined,
  };
}

async function killHost(gatewayPid: number, load: SessionSubject['load']): Promise<Return> {
  const host = largestBelow(gatewayPid);
  if (host === undefined) throw new Error('The gateway has no host.');
  const back = load.call.repainted({ timeoutMs: RETURN_TIMEOUT_MS });
  const start = Date.now();
  process.kill(host, 'SIGKILL');
  return returnOf(await back, start);
}

function returnOf({ backAt, missing }: { backAt: number[]; missing: number }, start: number): Return {
  const seconds = backAt.map((at) => (at - start) / 1000);
  return { p50: percentile(seconds, 0.5), last: percentile(seconds, 1), missing };
}

function sum(first: Memory, second: Memory): Memory {
  return {
    pssBytes: first.pssBytes + second.pssBytes,
    privateBytes: first.privateBytes + second.privateBytes,
  };
}
