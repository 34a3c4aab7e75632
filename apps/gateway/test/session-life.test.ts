import { queryObjects } from 'node:v8';
import { pollFor } from '@parley/testkit';
import { describe, expect, it } from 'vitest';
import type { GatewayConfig } from '../src/index.ts';
import { processState } from '../src/process-state.ts';
import { Session } from '../src/session.ts';
import { descriptors, programs } from './child-programs.ts';
import { ada, cookieOf, GatewayBench, tab, type TestGateway, type TestPage, until } from './gateway-harness.ts';

const bench = new GatewayBench();

const terminalsOf = (pid: number): string[] => descriptors(pid).filter((target) => /ptmx|pts/.test(target));

/** Without the sockets, which come and go with the test's own connections, and without the numbers of pipes. */
const filesOf = (pid: number | 'self'): string[] =>
  descriptors(pid)
    .filter((target) => !target.startsWith('socket:'))
    .map((target) => target.replace(/^pipe:.*/, 'pipe'));

/** Those that keep the process alive. */
const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

/** `npm run test:faults` sets it to 10,000. */
const MANY = Number(process.env['FAULT_SESSIONS'] ?? 200);

describe.each([
  ['a process each', 1, 50],
  ['many to a process', 4, MANY],
])('sessions with %s', (_name, sessionsPerTuiProcess, crowd) => {
  const start = (config: Partial<GatewayConfig> = {}): Promise<TestGateway> =>
    bench.start({ sessionsPerTuiProcess, ...config });

  describe('a session outlives its socket', () => {
    it('is repainted at the new size when the same tab comes back', async () => {
      const running = await start();
      const first = await bench.open(ada).attach({ tab });
      first.type('half a line');
      await until('the program has it', () => programs().length > 0);
      first.close();
      const second = await bench.open(ada).attach({ tab, cols: 100, rows: 40 });
      expect(second.controls).toEqual([{ type: 'attached', resumed: true }]);
      expect((await second.shows(/repainted (\S+)/))[1]).toBe('100x40');
      second.type('\r');
      await second.shows(/echo half/);
      expect(await running.sessionCount()).toBe(1);
    });

    it('hears that nobody looks when its viewer has gone, and that a paste ends where another takes over', async () => {
      await start();
      const first = await bench.open(ada).attach({ tab });
      const second = await bench.open(ada).attach({ tab });
      await first.closes();
      second.type('watched\r');
      expect((await second.shows(/echo (\S*watched)\s/))[1]).toBe('␛[201~watched');
      second.close();
      const third = await bench.open(ada).attach({ tab });
      third.type('again\r');
      expect((await third.shows(/echo (\S*again)\s/))[1]).toBe('␛[201~␛[Oagain');
    });

    it('ends when its tab stays away longer than the grace', async () => {
      const running = await start({ sessionGraceMinutes: 0.001 });
      const page = await bench.open(ada).attach({ tab });
      page.close();
      await until('it has ended', async () => (await running.sessionCount()) === 0);
      const late = await bench.open(ada).attach({ tab });
      expect(late.controls[0]).toEqual({ type: 'attached', resumed: false });
    });

    it('ends at once when no one could come back: without a tab, or without a cookie', async () => {
      const running = await start();
      for (const [options, fields] of [
        [ada, {}],
        [{}, { tab }],
      ] as const) {
        const page = await bench.open(options).attach(fields);
        page.close();
        await until('it has ended', async () => (await running.sessionCount()) === 0);
      }
      expect(await running.sessionCount()).toBe(0);
    });

    it('is not given to another tab or another browser', async () => {
      const running = await start();
      await bench.open(ada).attach({ tab });
      const otherTab = await bench.open(ada).attach({ tab: 'another-tab' });
      const otherBrowser = await bench.open({ cookie: cookieOf('b') }).attach({ tab });
      for (const page of [otherTab, otherBrowser]) {
        expect(page.controls).toEqual([{ type: 'attached', resumed: false }]);
      }
      expect(await running.sessionCount()).toBe(3);
    });

    it('is taken over by a second socket of the same tab, and the first is told', async () => {
      await start();
      const first = await bench.open(ada).attach({ tab });
      const second = await bench.open(ada).attach({ tab });
      expect(await first.closes()).toBe(1000);
      expect(first.controls.at(-1)).toMatchObject({ type: 'error', code: 'replaced' });
      second.type('mine\r');
      await second.shows(/echo \S*mine/);
    });

    it('that was taken over is nobody’s to wait for: no grace ends it', async () => {
      const running = await start({ sessionGraceMinutes: 0.001 });
      await bench.open(ada).attach({ tab });
      const second = await bench.open(ada).attach({ tab });
      // One that goes now ends after a grace that begins later.
      const other = await bench.open(ada).attach({ tab: 'another-tab' });
      other.close();
      await until('the other has ended', async () => (await running.sessionCount()) < 2);
      expect(await running.sessionCount()).toBe(1);
      second.type('here\r');
      await second.shows(/echo \S*here/);
    });

    it.each<[string, Partial<GatewayConfig>, (page: TestPage) => unknown]>([
      ['its program has', {}, (page) => page.type('quit\r')],
      // Longer than a program takes to start, on a busy machine too.
      ['nobody types', { sessionIdleMinutes: 0.05 }, () => {}],
      ['the gateway closes', {}, () => bench.gateway.gateway.close()],
    ])('that ends while it is watched, because %s, is kept by no grace', async (_why, config, end) => {
      const running = await start(config);
      // Hosts are warm, and what the first one leaves for later is there.
      const first = await bench.open().attach();
      first.close();
      await until('it has ended', async () => (await running.sessionCount()) === 0);
      const before = timers();
      const page = await bench.open(ada).attach({ tab });
      await end(page);
      await page.closes();
      await pollFor(timers, (count) => count <= before, { what: `${before} timers` });
    });

    it('gives way to a new one when a link leads to another room, and not when the page is only loaded again', async () => {
      const running = await start();
      await bench.open(ada).attach({ tab, room: 'dev' });
      const reloaded = await bench.open(ada).attach({ tab, room: 'dev' });
      const withoutLink = await bench.open(ada).attach({ tab });
      const elsewhere = await bench.open(ada).attach({ tab, room: 'ops' });
      expect([reloaded, withoutLink, elsewhere].map((page) => page.controls[0]?.['resumed'])).toEqual([
        true,
        true,
        false,
      ]);
      await until('the old one has ended', async () => (await running.sessionCount()) === 1);
    });
  });

  describe('hygiene', () => {
    it('gives no program the terminal of another', async () => {
      await start();
      for (let count = 0; count < 6; count += 1) await bench.open().attach();
      await until('programs have no master', () => !programs().some((pid) => terminalsOf(pid).includes('/dev/ptmx')));
      const terminals = programs().map((pid) => new Set(terminalsOf(pid)));
      const all = terminals.flatMap((own) => [...own]);
      expect(all).toHaveLength(6);
      expect(new Set(all).size).toBe(6);
      const most = Math.max(...terminals.map((own) => own.size));
      expect(most).toBe(sessionsPerTuiProcess === 1 ? 1 : 4);
    });

    it('starts a program that is killed again by itself, and the page does not notice more than words', async () => {
      await start();
      const victim = await bench.open(ada).attach({ tab });
      const [pid = 0] = programs();
      process.kill(pid, 'SIGKILL');
      await victim.shows(/ready[^]*ready/);
      await until('it is told', () => victim.controls.length === 3);
      expect(victim.controls.map((control) => control['code'] ?? control['resumed'])).toEqual([
        false,
        true,
        'restarted',
      ]);
      victim.type('well\r');
      await victim.shows(/echo well/);
    });

    it.each(['hang', 'stop-process'])('starts a program again that does not answer: %s', async (fault) => {
      await start();
      const page = await bench.open(ada).attach({ tab });
      const [pid] = programs();
      page.type(`${fault}\r`);
      // It goes by CPU, which others of this machine may take.
      await pollFor(
        () => page.text,
        (text) => text.split('ready').length > 2,
      );
      page.type('well\r');
      await page.shows(/echo well/);
      expect(programs()).not.toContain(pid);
    });

    it('starts a program again that hangs where no key is answered, once its page is loaded anew', async () => {
      await start();
      const page = await bench.open(ada).attach({ tab });
      const [pid = 0] = programs();
      const { cpuMs: before } = processState(pid);
      page.type('hang\r');
      await until('it hangs', () => !programs().includes(pid) || processState(pid).cpuMs >= before + 100);
      page.close();
      const again = bench.open(ada);
      await again.opened();
      again.control({ type: 'attach', cols: 80, rows: 24, tab });
      await pollFor(
        () => again.text,
        (text) => text.includes('ready'),
      );
      expect(programs()).not.toContain(pid);
    });

    it(`leaves descriptors, processes, listeners and memory where they were after ${crowd} sessions`, async () => {
      const running = await start({ maxSessions: 10_000, maxSessionsPerAddress: 10_000 });
      const round = async (count: number): Promise<void> => {
        for (let batch = 0; batch < count / 5; batch += 1) {
          const people = await Promise.all(Array.from({ length: 5 }, () => bench.open().attach()));
          for (const [index, page] of people.entries()) {
            if (index % 2 === 0) page.type('quit\r');
            else page.close();
          }
          await Promise.all(people.map((page) => page.closes()));
          await until('all have ended', async () => (await running.sessionCount()) === 0);
          bench.forgetPages();
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
      if (sessionsPerTuiProcess > 1) {
        // As many hosts as there will ever be: two with sessions, and one to spare.
        const people = await Promise.all(Array.from({ length: 5 }, () => bench.open().attach()));
        await until('all hosts are there', () => programs().length === 3);
        for (const page of people) page.close();
      }
      await round(25);
      // A host that is being started still reads its program, one whose sessions have just ended still closes their PTYs.
      const isBusy = (pid: number): boolean =>
        filesOf(pid).some((file) => file.endsWith('.cjs') || file === '/dev/ptmx');
      await until('no host is being started or closing a PTY', () => !programs().some(isBusy));
      const before = state();
      const sessions = queryObjects(Session);
      await round(crowd);
      await pollFor(state, before);
      await pollFor(
        () => queryObjects(Session),
        (count) => count <= sessions,
        { what: 'no session to be held by anything', intervalMs: 100 },
      );
    });

    it('sends pages away with 4503 and leaves no program behind when it closes, deaf ones included', async () => {
      const running = await start();
      const page = await bench.open(ada).attach({ tab });
      const deaf = await bench.open().attach();
      deaf.type('deaf\r');
      await deaf.shows(/deaf\s/);
      const waiting = bench.open();
      await waiting.opened();
      // The deaf one never ends by itself.
      await running.close();
      expect(await Promise.all([page.closes(), deaf.closes(), waiting.closes()])).toEqual([4503, 4503, 4503]);
      expect(programs()).toEqual([]);
    });
  });
});
