/** Many sessions to a process: what befalls it, or one of them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createLogger } from '@parley/service';
import { pollFor } from '@parley/testkit';
import { describe, expect, it } from 'vitest';
import { hostedClient } from '../src/hosted-client.ts';
import { findLaunchCommand } from '../src/launch-command.ts';
import type { GatewayOptions } from '../src/index.ts';
import { TerminalHosts } from '../src/terminal-hosts.ts';
import type { TerminalOrder } from '../src/terminal-session.ts';
import { programs } from './child-programs.ts';
import { ada, buildPrograms, GatewayBench, tab, type TestGateway, until } from './gateway-harness.ts';

const bench = new GatewayBench();
const start = (options: Partial<GatewayOptions> = {}): Promise<TestGateway> =>
  bench.start({ sessionsPerTuiProcess: 4 }, options);

const anyOrder: TerminalOrder = {
  size: { cols: 80, rows: 24 },
  address: '127.0.0.1',
  key: undefined,
  fresh: true,
  room: undefined,
  nick: undefined,
  timezone: undefined,
  theme: undefined,
};

/** Ended, and not yet collected by whoever inherited it. */
const isZombie = (pid: number): boolean => / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

describe('a host', () => {
  it.each(['throw', 'throw-later', 'reject-later'])(
    'ends the session whose %s it was, which comes back once, and no other',
    async (fault) => {
      await start();
      const victim = await bench.open(ada).attach({ tab });
      const other = await bench.open().attach();
      const before = programs();
      victim.type(`${fault}\r`);
      await victim.shows(/ready[^]*ready/);
      other.type('well\r');
      await other.shows(/echo well/);
      expect(other.controls).toEqual([{ type: 'attached', resumed: false }]);
      victim.type(`${fault}\r`);
      expect(await victim.closes()).toBe(1000);
      expect(victim.controls.at(-1)).toEqual({ type: 'exit' });
      expect(victim.text).not.toContain('thrown');
      expect(programs()).toEqual(expect.arrayContaining(before));
    },
  );

  it.each(['hang', 'stop-process'])(
    'that does not answer (%s) is replaced, and its sessions come back',
    async (fault) => {
      await start();
      const people = [await bench.open(ada).attach({ tab }), await bench.open().attach(), await bench.open().attach()];
      const [pid] = programs();
      people[0]?.type(`${fault}\r`);
      for (const page of people) await page.shows(/ready[^]*ready/);
      expect(programs()).not.toContain(pid);
      people[2]?.type('well\r');
      await people[2]?.shows(/echo well/);
    },
  );

  it('is warm and empty beside the ones that have sessions', async () => {
    await start();
    expect(programs()).toHaveLength(1);
    const page = await bench.open().attach();
    await until('another is there', () => programs().length === 2);
    const [, spare] = programs();
    page.type('kill-process\r');
    await page.shows(/ready[^]*ready/);
    await until('it has a spare again', () => programs().length === 2);
    expect(programs()).toContain(spare);
  });

  it('comes back in smaller company after each crash, until the client that brings it down is alone and given up', async () => {
    await start();
    const culprit = await bench.open(ada).attach({ tab });
    const innocent = await bench.open().attach();
    for (let crash = 1; crash <= 9; crash += 1) {
      culprit.type('kill-process\r');
      if (crash < 9) await until('it is back', () => culprit.text.split('ready').length === crash + 2);
    }
    expect(await culprit.closes()).toBe(1000);
    // Alone in a host of one or two from the second crash on.
    expect(innocent.text.split('ready').length - 1).toBeLessThanOrEqual(3);
    innocent.type('well\r');
    await innocent.shows(/echo well/);
  });

  it('that ends while a ticket is signed is not the one that is opened on', async () => {
    const { tuiHost } = await buildPrograms();
    const log = createLogger('gateway', 'silent');
    const command = await findLaunchCommand(tuiHost, 'many clients', { uid: 65_534, gid: 65_534 }, log);
    let sign = (): void => {};
    const signed = new Promise<void>((resolve) => (sign = resolve));
    const hosts = new TerminalHosts({
      command,
      log,
      sessionsPerHost: 4,
      pingIntervalMs: 400,
      async client(order) {
        if (order.nick === 'ada') await signed;
        return hostedClient(order, 'http://127.0.0.1:9', undefined);
      },
    });
    try {
      await hosts.open(anyOrder);
      const [pid = 0] = programs();
      const opening = hosts.open({ ...anyOrder, nick: 'ada' });
      process.kill(pid, 'SIGKILL');
      // The gateway is told of an end as soon as the process is collected.
      await pollFor(() => existsSync(`/proc/${pid}`), false);
      sign();
      const terminal = await opening;
      let shown = '';
      terminal.onOutput((bytes) => (shown += Buffer.from(bytes).toString('utf8')));
      await pollFor(() => shown.trim(), 'ready 80x24');
    } finally {
      await hosts.close();
    }
  });

  it('ends by itself when the gateway is killed', async () => {
    const { tuiHost } = await buildPrograms();
    const script = `
    const { spawn } = require('child_process');
    const host = spawn(process.execPath, [${JSON.stringify(tuiHost.path)}], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    host.on('message', () => console.log(host.pid));`;
    const parent = spawn(process.execPath, ['--eval', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    parent.kill('SIGKILL');
    await pollFor(() => !existsSync(`/proc/${pid}`) || isZombie(pid), true);
  });
});
