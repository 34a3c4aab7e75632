import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readlinkSync, readFileSync } from 'node:fs';
import { pollFor } from '@parley/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import type { GatewayConfig, GatewayOptions } from '../src/index.ts';
import {
  buildPrograms,
  cookieOf,
  type PageOptions,
  startGateway,
  type TestGateway,
  TestPage,
  until,
} from './gateway-harness.ts';

let gateway: TestGateway | undefined;
const pages: TestPage[] = [];

afterEach(async () => {
  for (const page of pages.splice(0)) page.close();
  await gateway?.close();
  gateway = undefined;
  const left = programs();
  if (left.length > 0) throw new Error(`Programs were left running: ${left.join(', ')}`);
});

function open(options: PageOptions = {}): TestPage {
  if (gateway === undefined) throw new Error('no gateway');
  const page = new TestPage(gateway, options);
  pages.push(page);
  return page;
}

/** Process ids of the programs that this process has started. */
function programs(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
        return status.slice(status.lastIndexOf(')')).split(' ')[2] === String(process.pid) && isProgram(pid);
      } catch {
        return false; // It has ended meanwhile.
      }
    })
    .map(Number);
}

const isProgram = (pid: string): boolean =>
  /\b(program|host)\.cjs\b/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));

/** What each descriptor of a process is. */
function descriptors(pid: number | 'self'): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return []; // The descriptor that listed the folder.
    }
  });
}

const ada = { cookie: cookieOf('a') };
const tab = 'tab-of-ada';

const terminalsOf = (pid: number): string[] => descriptors(pid).filter((target) => /ptmx|pts/.test(target));

/** Without the sockets, which come and go with the test's own connections, and without the numbers of pipes. */
const filesOf = (pid: number | 'self'): string[] =>
  descriptors(pid)
    .filter((target) => !target.startsWith('socket:'))
    .map((target) => target.replace(/^pipe:.*/, 'pipe'));

/** Ended, and not yet collected by whoever inherited it. */
const isZombie = (pid: number): boolean => / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

/** `npm run test:faults` sets it to 10,000. */
const MANY = Number(process.env['PARLEY_TEST_SESSIONS'] ?? 200);

describe.each([
  ['a process each', 1, 50],
  ['many to a process', 4, MANY],
])('sessions with %s', (_name, sessionsPerTuiProcess, crowd) => {
  async function start(
    config: Partial<GatewayConfig> = {},
    options: Partial<GatewayOptions> = {},
  ): Promise<TestGateway> {
    gateway = await startGateway({ sessionsPerTuiProcess, ...config }, options);
    return gateway;
  }

  describe('a session outlives its socket', () => {
    it('is repainted at the new size when the same tab comes back', async () => {
      const running = await start();
      const first = await open(ada).attach({ tab });
      first.type('half a line');
      await until('the program has it', () => programs().length > 0);
      first.close();
      const second = await open(ada).attach({ tab, cols: 100, rows: 40 });
      expect(second.controls).toEqual([{ type: 'attached', resumed: true }]);
      expect((await second.shows(/repainted (\S+)/))[1]).toBe('100x40');
      second.type('\r');
      await second.shows(/echo half/);
      expect(await running.sessionCount()).toBe(1);
    });

    it('ends when its tab stays away longer than the grace', async () => {
      const running = await start({ sessionGraceMinutes: 0.001 });
      const page = await open(ada).attach({ tab });
      page.close();
      await until('it has ended', async () => (await running.sessionCount()) === 0);
      const late = await open(ada).attach({ tab });
      expect(late.controls[0]).toEqual({ type: 'attached', resumed: false });
    });

    it('ends at once when no one could come back: without a tab, or without a cookie', async () => {
      const running = await start();
      for (const [options, fields] of [
        [ada, {}],
        [{}, { tab }],
      ] as const) {
        const page = await open(options).attach(fields);
        page.close();
        await until('it has ended', async () => (await running.sessionCount()) === 0);
      }
      expect(await running.sessionCount()).toBe(0);
    });

    it('is not given to another tab or another browser', async () => {
      const running = await start();
      await open(ada).attach({ tab });
      const otherTab = await open(ada).attach({ tab: 'another-tab' });
      const otherBrowser = await open({ cookie: cookieOf('b') }).attach({ tab });
      for (const page of [otherTab, otherBrowser]) {
        expect(page.controls).toEqual([{ type: 'attached', resumed: false }]);
      }
      expect(await running.sessionCount()).toBe(3);
    });

    it('is taken over by a second socket of the same tab, and the first is told', async () => {
      await start();
      const first = await open(ada).attach({ tab });
      const second = await open(ada).attach({ tab });
      expect(await first.closes()).toBe(1000);
      expect(first.controls.at(-1)).toMatchObject({ type: 'error', code: 'replaced' });
      second.type('mine\r');
      await second.shows(/echo mine/);
    });

    it('gives way to a new one when a link leads to another room, and not when the page is only loaded again', async () => {
      const running = await start();
      await open(ada).attach({ tab, room: 'dev' });
      const reloaded = await open(ada).attach({ tab, room: 'dev' });
      const withoutLink = await open(ada).attach({ tab });
      const elsewhere = await open(ada).attach({ tab, room: 'ops' });
      expect([reloaded, withoutLink, elsewhere].map((page) => page.controls[0]?.['resumed'])).toEqual([
        true,
        true,
        false,
      ]);
      await until('the old one has ended', async () => (await running.sessionCount()) === 1);
    });
  });

  describe('flow', () => {
    it('pauses a flooding program at a reader that stalls, and no other', async () => {
      await start();
      const stalled = await open({ ...ada, acks: false }).attach({ tab });
      const other = await open().attach();
      stalled.type('flood\r');
      await until('the flood stands', async () => {
        const before = stalled.bytes;
        await new Promise((resolve) => setTimeout(resolve, 100));
        return before >= 256 * 1024 && stalled.bytes === before;
      });
      // The high water mark, and what one turn of the event loop may bring on top.
      expect(stalled.bytes).toBeLessThan(1024 * 1024);
      other.type('flowing\r');
      await other.shows(/echo flowing/);
      // A new socket starts without the debt of the old one.
      const back = open(ada);
      await back.opened();
      back.control({ type: 'attach', cols: 80, rows: 24, tab });
      await until('the flood flows', () => back.bytes > 2 * 1024 * 1024);
      back.type(' ');
      expect((await back.shows(/flood over/))[0]).toBe('flood over');
    });

    it('holds memory flat against a page that acknowledges what it has not read', async () => {
      await start();
      const liar = await open({ acks: false }).attach();
      liar.type('flood\r');
      await until('it flows', () => liar.bytes > 0);
      liar.socket.pause();
      for (let turn = 0; turn < 50; turn += 1) liar.control({ type: 'ack', bytes: 1e9 });
      const before = process.memoryUsage().rss;
      const other = await open().attach();
      for (let turn = 0; turn < 20; turn += 1) {
        liar.control({ type: 'ack', bytes: 1e9 });
        other.type(`turn${turn}\r`);
        await other.shows(new RegExp(`echo turn${turn}\\b`));
      }
      expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
    });

    it('stops a flood soon after a key: what is on the way is bounded', async () => {
      await start();
      const page = await open().attach();
      page.type('flood\r');
      await until('it flows', () => page.bytes > 5 * 1024 * 1024);
      const pressed = performance.now();
      page.type(' ');
      await page.shows(/flood over/);
      // 20 ms on a quiet machine; some 3 s without flow control.
      expect(performance.now() - pressed).toBeLessThan(500);
    });

    it('loses nothing of what a program writes last, also to a page that had stalled', async () => {
      await start();
      // Over the mark at which the gateway stops reading, by what the PTY holds: the program can end.
      const bytes = 256 * 1024 + 4000;
      const page = await open({ acks: false }).attach();
      page.type(`burst ${bytes}\r`);
      expect(await page.closes()).toBe(1000);
      expect(page.text.slice(-13).trim()).toBe('burst over');
      expect(page.bytes).toBeGreaterThanOrEqual(bytes);
    });

    it('holds back what a page types when the program does not read, and then loses none of it', async () => {
      const running = await start({}, { times: { pingIntervalMs: 50 } });
      const page = await open().attach();
      page.type('unready\r');
      await page.shows(/not reading/);
      const chunk = Buffer.alloc(32 * 1024, 'k');
      for (let sent = 0; sent < 64; sent += 1) page.socket.send(chunk, { binary: true });
      const before = process.cpuUsage();
      const from = performance.now();
      const other = await open().attach();
      other.type('awake\r');
      await other.shows(/echo awake/);
      await new Promise((resolve) => setTimeout(resolve, 200));
      // No busy loop meanwhile, which would take all of it.
      const { user, system } = process.cpuUsage(before);
      expect((user + system) / 1000 / (performance.now() - from)).toBeLessThan(0.7);
      page.close();
      await until('it has ended', async () => (await running.sessionCount()) === 1);
    });
  });

  describe('hygiene', () => {
    it('gives no program the terminal of another', async () => {
      await start();
      for (let count = 0; count < 6; count += 1) await open().attach();
      await until('programs have no master', () => !programs().some((pid) => terminalsOf(pid).includes('/dev/ptmx')));
      const terminals = programs().map((pid) => new Set(terminalsOf(pid)));
      const all = terminals.flatMap((own) => [...own]);
      expect(all).toHaveLength(6);
      expect(new Set(all).size).toBe(6);
      const most = Math.max(...terminals.map((own) => own.size));
      expect(most).toBe(sessionsPerTuiProcess === 1 ? 1 : 4);
    });

    it('starts a program that is killed again within a second, and the page does not notice more than words', async () => {
      await start();
      const victim = await open(ada).attach({ tab });
      const [pid = 0] = programs();
      process.kill(pid, 'SIGKILL');
      const from = performance.now();
      await victim.shows(/ready[^]*ready/);
      expect(performance.now() - from).toBeLessThan(1000);
      await until('it is told', () => victim.controls.length === 3);
      expect(victim.controls.map((control) => control['code'] ?? control['resumed'])).toEqual([
        false,
        true,
        'restarted',
      ]);
      victim.type('well\r');
      await victim.shows(/echo well/);
    });

    it(`leaves descriptors, processes and listeners where they were after ${crowd} sessions`, async () => {
      const running = await start({ maxSessions: 10_000, maxSessionsPerAddress: 10_000 });
      const round = async (count: number): Promise<void> => {
        for (let batch = 0; batch < count / 5; batch += 1) {
          const people = await Promise.all(Array.from({ length: 5 }, () => open().attach()));
          for (const [index, page] of people.entries()) {
            if (index % 2 === 0) page.type('quit\r');
            else page.close();
          }
          await Promise.all(people.map((page) => page.closes()));
          await until('all have ended', async () => (await running.sessionCount()) === 0);
          pages.length = 0;
        }
      };
      const state = (): unknown => ({
        own: filesOf('self').toSorted(),
        programs:
          sessionsPerTuiProcess === 1
            ? programs()
            : programs()
                .flatMap((pid) => filesOf(pid))
                .toSorted(),
        listeners: process.eventNames().map((name) => process.listenerCount(name)),
      });
      await round(25);
      const before = state();
      const memory = process.memoryUsage().rss;
      await round(crowd);
      await pollFor(state, before);
      // Garbage and fragments; what a session leaves behind would be 10 KB at least.
      expect(process.memoryUsage().rss - memory).toBeLessThan(64 * 1024 * 1024);
    });

    it('sends pages away with 4503 and leaves no program behind when it closes, deaf ones included', async () => {
      const running = await start();
      const page = await open(ada).attach({ tab });
      const deaf = await open().attach();
      deaf.type('deaf\r');
      await deaf.shows(/deaf\s/);
      const waiting = open();
      await waiting.opened();
      const from = performance.now();
      await running.close();
      expect(performance.now() - from).toBeLessThan(4000);
      expect(await Promise.all([page.closes(), deaf.closes(), waiting.closes()])).toEqual([4503, 4503, 4503]);
      expect(programs()).toEqual([]);
    });
  });

  // Only where there are hosts: nothing is left out elsewhere.
  if (sessionsPerTuiProcess === 1) return;
  describe('a host', () => {
    it.each(['throw', 'throw-later', 'reject-later'])(
      'ends the session whose %s it was, which comes back once, and no other',
      async (fault) => {
        await start();
        const victim = await open(ada).attach({ tab });
        const other = await open().attach();
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
        expect(programs()).toEqual(before);
      },
    );

    it('that hangs is replaced, and its sessions come back without a key', async () => {
      await start({}, { times: { hostPingIntervalMs: 50 } });
      const people = [await open(ada).attach({ tab }), await open().attach(), await open().attach()];
      const [pid] = programs();
      people[0]?.type('hang\r');
      const from = performance.now();
      for (const page of people) await page.shows(/ready[^]*ready/);
      expect(performance.now() - from).toBeLessThan(2000);
      expect(programs()).not.toContain(pid);
      people[2]?.type('well\r');
      await people[2]?.shows(/echo well/);
    });

    it('is warm before the ones there are full', async () => {
      await start();
      expect(programs()).toHaveLength(1);
      for (let count = 0; count < 4; count += 1) await open().attach();
      await until('another is there', () => programs().length === 2);
    });

    it('comes back in smaller company after each fall, until the client that brings it down is alone and given up', async () => {
      await start();
      const culprit = await open(ada).attach({ tab });
      const innocent = await open().attach();
      for (let fall = 1; fall <= 9; fall += 1) {
        culprit.type('kill-process\r');
        if (fall < 9) await until('it is back', () => culprit.text.split('ready').length === fall + 2);
      }
      expect(await culprit.closes()).toBe(1000);
      // Alone in a host of one or two from the second fall on.
      expect(innocent.text.split('ready').length - 1).toBeLessThanOrEqual(3);
      innocent.type('well\r');
      await innocent.shows(/echo well/);
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
      expect(await pollFor(() => !existsSync(`/proc/${pid}`) || isZombie(pid), true)).toBe(true);
    });
  });
});
