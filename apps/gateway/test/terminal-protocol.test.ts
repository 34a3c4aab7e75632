import { copyFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { basename, join, relative } from 'node:path';
import { makeTemporaryFolder } from '@parley/testkit';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { GatewayConfig, GatewayOptions, TuiProgram } from '../src/index.ts';
import { Session } from '../src/session.ts';
import { cert, key } from './fixtures/tls-of-127-0-0-1.ts';
import {
  ada,
  buildPrograms,
  cookieOf,
  GatewayBench,
  tab,
  type TestGateway,
  type TestPage,
  until,
} from './gateway-harness.ts';
import { askAndStay } from './stubborn-peer.ts';

const bench = new GatewayBench();

afterEach(() => {
  vi.unstubAllEnvs();
});

const start = (...options: Parameters<GatewayBench['start']>): Promise<TestGateway> => bench.start(...options);

describe('the upgrade', () => {
  it('is refused with 403 for a foreign Origin and for none', async () => {
    await start();
    for (const origin of ['https://evil.example', 'null', 'garbage', undefined]) {
      const page = bench.open({ origin });
      await until('it is refused', () => page.refusedStatus !== undefined);
      expect(page.refusedStatus).toBe(403);
    }
  });

  it('is accepted for an allowed Origin and for PUBLIC_URL', async () => {
    await start({ allowedOrigins: ['https://chat.example'], publicUrl: new URL('https://public.example/') });
    for (const origin of ['https://chat.example', 'https://public.example']) {
      const page = await bench.open({ origin }).attach();
      expect(page.refusedStatus).toBeUndefined();
    }
  });

  it('is refused with 429 for an address that holds too many sockets', async () => {
    await start({ maxSessionsPerAddress: 1 });
    const crowd = Array.from({ length: 21 }, () => bench.open());
    await Promise.all(crowd.map((page) => page.opened()));
    const late = bench.open();
    await until('it is refused', () => late.refusedStatus !== undefined);
    expect(late.refusedStatus).toBe(429);
  });

  it('that is refused leaves nothing behind, although its peer never closes', async () => {
    const { url } = await start();
    expect(await askAndStay(url, '/terminal', ['Origin: https://evil.example'])).toMatch(
      /^HTTP\/1.1 403 Forbidden\r\n/,
    );
  });
});

describe('attach', () => {
  it('is answered before the first bytes', async () => {
    await start();
    const page = bench.open();
    const order: string[] = [];
    page.socket.on('message', (_data, isBinary) => order.push(isBinary ? 'bytes' : 'control'));
    await page.attach();
    expect(page.controls[0]).toEqual({ type: 'attached', resumed: false });
    expect(order.slice(0, 2)).toEqual(['control', 'bytes']);
  });

  it('is answered although the program says nothing', async () => {
    await start();
    const first = await bench.open(ada).attach({ tab });
    first.type('mute\r');
    await first.shows(/mute\s/);
    const second = bench.open(ada);
    await second.opened();
    second.control({ type: 'attach', cols: 80, rows: 24, tab });
    await until('it is attached', () => second.controls.length > 0);
    expect(second.controls).toEqual([{ type: 'attached', resumed: true }]);
    expect(second.bytes).toBe(0);
  });

  it('starts the program at the size of the page', async () => {
    await start();
    const page = await bench.open().attach({ cols: 100, rows: 30 });
    await page.shows(/ready 100x30/);
    expect(page.controls).toEqual([{ type: 'attached', resumed: false }]);
  });

  it.each([
    [{ cols: 0, rows: 0 }, '1x1'],
    [{ cols: -7, rows: 1.5 }, '1x1'],
    [{ cols: 100_000, rows: 100_000 }, '500x131'],
  ])('clamps %o to %s', async (size, shown) => {
    await start();
    const page = await bench.open().attach(size);
    await page.shows(new RegExp(`ready ${shown}`));
    page.control({ type: 'resize', cols: 60, rows: 20 });
    await page.shows(/size 60x20/);
    page.control({ type: 'resize', ...size });
    expect((await page.shows(/size (?!60x20)(\S+)/))[1]).toBe(shown);
  });

  it('closes with 4408 when it does not come in time', async () => {
    await start({}, { times: { attachTimeoutMs: 50 } });
    expect(await bench.open().closes()).toBe(4408);
  });

  it('closes with 4400 when bytes come before it', async () => {
    await start();
    const page = bench.open();
    await page.opened();
    page.type('x');
    expect(await page.closes()).toBe(4400);
  });

  it('closes with 4400 when it comes twice', async () => {
    await start();
    const page = await bench.open().attach();
    page.control({ type: 'attach', cols: 80, rows: 24 });
    expect(await page.closes()).toBe(4400);
    expect(page.controls.at(-1)).toMatchObject({ type: 'error', code: 'bad_request' });
  });

  it.each([
    ['not JSON', '{"type":'],
    ['no object', '[]'],
    ['null', 'null'],
    ['an unknown type', '{"type":"resume"}'],
    ['a size that is no number', '{"type":"attach","cols":"80","rows":24}'],
    ['an infinite size', '{"type":"attach","cols":1e999,"rows":24}'],
    ['a missing size', '{"type":"attach","rows":24}'],
    ['a tab that is no id', '{"type":"attach","cols":80,"rows":24,"tab":"../../etc"}'],
    ['a resize before attach', '{"type":"resize","cols":80,"rows":24}'],
    ['an ack before attach', '{"type":"ack","bytes":1}'],
  ])('closes with 4400 on %s', async (_name, frame) => {
    await start();
    const page = bench.open();
    await page.opened();
    page.socket.send(frame);
    expect(await page.closes()).toBe(4400);
    expect(await bench.gateway.sessionCount()).toBe(0);
  });

  it.each([
    ['negative bytes', { type: 'ack', bytes: -1 }],
    ['a part of a byte', { type: 'ack', bytes: 0.5 }],
    ['a resize without rows', { type: 'resize', cols: 80 }],
  ])('closes an attached page with 4400 on %s', async (_name, message) => {
    await start();
    const page = await bench.open().attach();
    page.control(message);
    expect(await page.closes()).toBe(4400);
  });

  it('closes with 1009 on a frame over 64 KiB, and disturbs no other session', async () => {
    await start();
    const other = await bench.open().attach();
    const page = await bench.open().attach();
    page.socket.send(Buffer.alloc(64 * 1024 + 1));
    expect(await page.closes()).toBe(1009);
    other.type('still\r');
    expect((await other.shows(/echo \w+/))[0]).toBe('echo still');
  });

  it('takes one frame a turn from a page that sends thousands at once', async () => {
    await start();
    const page = await bench.open().attach();
    let turn = 0;
    let counting: NodeJS.Immediate | undefined;
    const count = (): void => {
      turn += 1;
      counting = setImmediate(count);
    };
    count();
    const turns: number[] = [];
    const resize = vi.spyOn(Session.prototype, 'resize').mockImplementation(() => void turns.push(turn));
    for (let frame = 0; frame < 2000; frame++) page.control({ type: 'resize', cols: 80, rows: 24 });
    await until('all have come', () => turns.length === 2000);
    clearImmediate(counting);
    resize.mockRestore();
    expect(new Set(turns).size).toBe(2000);
  });

  it('survives garbage in place of frames', async () => {
    await start();
    const page = await bench.open().attach();
    const { _socket: raw } = page.socket as unknown as { _socket: { write(bytes: Buffer): void } };
    raw.write(Buffer.from('ffffffffffffffff00112233445566778899', 'hex'));
    expect(await page.closes()).toBe(1002);
    await bench.open().attach();
  });
});

describe('a full house', () => {
  it('says so in words and closes with 4429', async () => {
    await start({ maxSessions: 2 });
    await bench.open({ cookie: cookieOf('a') }).attach();
    await bench.open({ cookie: cookieOf('b') }).attach();
    const late = bench.open();
    await late.opened();
    late.control({ type: 'attach', cols: 80, rows: 24 });
    expect(await late.closes()).toBe(4429);
    expect(late.controls).toEqual([{ type: 'error', code: 'full', message: 'Parley is full: 2 of 2.' }]);
  });

  it('counts by the address that a trusted proxy names, and a /64 of IPv6 as one', async () => {
    await start({ maxSessionsPerAddress: 1, trustProxy: 1 });
    const from = (address: string): TestPage =>
      bench.open({ headers: { 'x-forwarded-for': `198.51.100.7, ${address}` } });
    await from('203.0.113.1').attach();
    await from('2001:db8::1').attach();
    for (const address of ['203.0.113.1', '2001:db8:0:0:5::9']) {
      const page = from(address);
      await page.opened();
      page.control({ type: 'attach', cols: 80, rows: 24 });
      expect(await page.closes()).toBe(4429);
      expect(page.controls[0]?.['message']).toContain('1 of 1');
    }
  });

  it('does not believe X-Forwarded-For from a stranger', async () => {
    await start({ maxSessionsPerAddress: 1 });
    await bench.open({ headers: { 'x-forwarded-for': '203.0.113.1' } }).attach();
    const page = bench.open({ headers: { 'x-forwarded-for': '203.0.113.2' } });
    await page.opened();
    page.control({ type: 'attach', cols: 80, rows: 24 });
    expect(await page.closes()).toBe(4429);
  });

  it('gives the place of a session that waits for its browser to one that is there', async () => {
    const running = await start({ maxSessions: 1 });
    const first = await bench.open({ cookie: cookieOf('a') }).attach({ tab: 'tab-of-ada' });
    first.close();
    await first.closes();
    await until('the second gets in', async () => {
      const second = bench.open({ cookie: cookieOf('b') });
      await second.opened();
      second.control({ type: 'attach', cols: 80, rows: 24 });
      await until('it is answered', () => second.controls.length > 0);
      return second.controls[0]?.type === 'attached';
    });
    await until('the other has ended', async () => (await running.sessionCount()) === 1);
    expect(first.controls).toEqual([{ type: 'attached', resumed: false }]);
  });
});

describe('liveness', () => {
  it('cuts a page that answers no pings', async () => {
    const running = await start({ sessionGraceMinutes: 0 }, { times: { pingIntervalMs: 30 } });
    const page = await bench.open().attach();
    page.socket.pause();
    await until('its session is over', async () => (await running.sessionCount()) === 0);
    page.socket.resume();
    expect(await page.closes()).toBe(1006);
  });

  it('tells a page that it is alive, which sees no pings', async () => {
    await start({}, { times: { pingIntervalMs: 30 } });
    const page = await bench.open().attach();
    let pings = 0;
    page.socket.on('ping', () => (pings += 1));
    await until('it has pinged', () => pings >= 3);
    const alive = page.controls.filter(({ type }) => type === 'alive');
    expect(alive.length).toBeGreaterThanOrEqual(3);
    expect(alive[0]).toEqual({ type: 'alive' });
  });

  it('warns a person who types nothing, then ends the session in words', async () => {
    await start({ sessionIdleMinutes: 0.01 });
    const page = bench.open();
    await page.opened();
    // A program that is slow to start may not have shown anything by then.
    page.control({ type: 'attach', cols: 80, rows: 24 });
    expect(await page.closes()).toBe(1000);
    const idle = page.controls.filter((control) => control['code'] === 'idle').map((control) => control['message']);
    expect(idle).toEqual([expect.stringContaining('unless you press a key'), expect.stringContaining('ended')]);
  });
});

describe.each([
  ['a process of its own', 1],
  ['a process for many', 8],
])('the program in %s', (_name, sessionsPerTuiProcess) => {
  const start = (config: Partial<GatewayConfig> = {}, options: Partial<GatewayOptions> = {}): Promise<TestGateway> =>
    bench.start({ sessionsPerTuiProcess, ...config }, options);

  it('can connect out, and do no more than that', async () => {
    const listener = createServer((_request, response) => response.writeHead(204).end());
    await new Promise<void>((resolve) => listener.listen(0, 'localhost', resolve));
    await start();
    const page = await bench.open().attach();
    page.type('read /etc/passwd\r');
    await page.shows(/refused ERR_ACCESS_DENIED/);
    page.type('run\r');
    await page.shows(/refused ERR_ACCESS_DENIED[^]*refused ERR_ACCESS_DENIED/);
    page.type(`fetch http://localhost:${(listener.address() as AddressInfo).port}/\r`);
    expect((await page.shows(/(fetched|failed) .*/))[0].trim()).toBe('fetched 204');
    listener.closeAllConnections();
    listener.close();
  });

  it('gets nothing of the environment but what it needs', async () => {
    vi.stubEnv('A_SECRET_OF_THE_SERVER', 'secret');
    vi.stubEnv('NODE_EXTRA_CA_CERTS', undefined);
    await start({}, { coreUrl: 'http://core.example:1234', secret: new TextEncoder().encode('x'.repeat(32)) });
    const page = await bench.open({ cookie: await bench.load() }).attach({
      cols: 500,
      tab: 'tab-of-ada',
      room: 'dev',
      nick: 'ada',
      timezone: 'Asia/Kolkata',
      theme: 'light',
    });
    page.type('environment\r');
    const [, json] = await page.shows(/environment (\{.*\}) (--hosted)?\r/);
    const environment = JSON.parse(json ?? '') as Record<string, string>;
    const names = Object.keys(environment).toSorted().join(' ');
    const told = 'LANG PARLEY_NICK PARLEY_ROOM PARLEY_SERVER PARLEY_SESSION PARLEY_THEME PARLEY_TICKET';
    expect(names).toBe(sessionsPerTuiProcess === 1 ? `COLORTERM ${told} PWD TERM TZ` : `${told} TZ`);
    expect(environment).toMatchObject({
      PARLEY_SERVER: 'http://core.example:1234',
      PARLEY_ROOM: 'dev',
      PARLEY_THEME: 'light',
    });
    expect(environment['PARLEY_SESSION']).toMatch(/^[0-9a-f]{64}$/);
    const claims = Buffer.from(environment['PARLEY_TICKET']?.split('.')[1] ?? '', 'base64url').toString('utf8');
    expect(JSON.parse(claims)).toMatchObject({ aud: 'ticket', address: '127.0.0.1' });
  });

  it.runIf(process.getuid?.() === 0)('is nobody when the gateway is root', async () => {
    await start();
    const page = await bench.open().attach();
    page.type('identity\r');
    expect((await page.shows(/identity (.*)\r/))[1]).toMatch(/^65534 65534 (65534)?$/);
  });

  it.runIf(process.getuid?.() === 0)('runs although only root may enter its folder', async () => {
    const folder = makeTemporaryFolder();
    const { tuiProgram, tuiHost } = await buildPrograms();
    const copy = ({ path }: TuiProgram): TuiProgram => {
      const to = join(folder.path, basename(path));
      copyFileSync(path, to);
      return { path: to };
    };
    await start({}, { tuiProgram: copy(tuiProgram), tuiHost: copy(tuiHost) });
    const page = await bench.open().attach();
    expect(page.text).toContain('ready 80x24');
    folder.remove();
  });

  it('trusts the authority that the gateway was told of, in a folder that only its user may enter', async () => {
    const folder = makeTemporaryFolder();
    writeFileSync(join(folder.path, 'ca.pem'), cert);
    const listener = createTlsServer({ cert, key }, (_request, response) => response.writeHead(204).end());
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    vi.stubEnv('NODE_EXTRA_CA_CERTS', relative(process.cwd(), join(folder.path, 'ca.pem')));
    await start();
    const page = await bench.open().attach();
    page.type(`fetch https://127.0.0.1:${(listener.address() as AddressInfo).port}/\r`);
    expect((await page.shows(/(fetched|failed) .*/))[0].trim()).toBe('fetched 204');
    listener.closeAllConnections();
    listener.close();
    folder.remove();
  });

  it('is told apart when it fails and when it ends', async () => {
    await start();
    const quitter = await bench.open().attach();
    quitter.type('quit\r');
    expect(await quitter.closes()).toBe(1000);
    expect(quitter.controls.slice(1)).toEqual([{ type: 'exit' }]);
    const crasher = await bench.open().attach();
    crasher.type('crash\r');
    await crasher.shows(/ready[^]*ready/);
    crasher.type('crash\r');
    expect(await crasher.closes()).toBe(1000);
    expect(crasher.controls).toEqual([
      { type: 'attached', resumed: false },
      { type: 'attached', resumed: true },
      expect.objectContaining({ code: 'restarted' }),
      expect.objectContaining({ code: 'unavailable' }),
      { type: 'exit' },
    ]);
    expect(crasher.text).not.toContain('Error');
  });
});
