import { createServer, type Server } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { cookieHash } from '../src/session-cookie.ts';
import { cookieOf, GatewayBench, type TestPage, until } from './gateway-harness.ts';

/** As much of a core as knows cookies: one chain, of which only the newest and those before it that are allowed work. */
let core: Server | undefined;
const bench = new GatewayBench();

afterEach(async () => {
  await bench.close();
  core?.closeAllConnections();
  core?.close();
  core = undefined;
});

async function startCore(): Promise<{ url: string; browsers: Map<string, string> }> {
  const browsers = new Map<string, string>();
  const server = createServer((request, response) => {
    const [, hash = '', verb] = /^\/api\/browser-cookies\/([0-9a-f]{64})\/(show|next)$/.exec(request.url ?? '') ?? [];
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const browser = browsers.get(hash);
      if (browser !== undefined && verb === 'next') {
        browsers.set((JSON.parse(body) as { next: string }).next, browser);
      }
      response.writeHead(browser === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(browser === undefined ? {} : { browser }));
    });
  });
  core = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}`, browsers };
}

async function load(cookie: string | undefined): Promise<string> {
  const headers = cookie === undefined ? {} : { cookie: `parley=${cookie}` };
  const answer = await fetch(bench.gateway.url, { headers });
  return /parley=([^;]+)/.exec(answer.headers.get('set-cookie') ?? '')?.[1] ?? '';
}

const attach = (cookie: string): Promise<TestPage> => bench.open({ cookie }).attach({ tab: 'tab-of-ada' });

it('replaces the cookie with each load of the page, and finds the session under the next one', async () => {
  const { url, browsers } = await startCore();
  await bench.start({}, { coreUrl: url });
  const first = await load(undefined);
  browsers.set(cookieHash(first), 'the browser');
  const page = await attach(first);
  page.close();
  const second = await load(first);
  const third = await load(second);
  expect(new Set([first, second, third]).size).toBe(3);
  const back = await attach(third);
  expect(back.controls[0]).toEqual({ type: 'attached', resumed: true });
});

it('gives one who shows a replaced cookie another one, and no session', async () => {
  const { url } = await startCore();
  await bench.start({}, { coreUrl: url });
  const stale = cookieOf('s');
  const fresh = await load(stale);
  expect(fresh).toHaveLength(43);
  expect(fresh).not.toBe(stale);
  for (let turn = 0; turn < 2; turn += 1) {
    const page = await attach(stale);
    expect(page.controls[0]).toEqual({ type: 'attached', resumed: false });
    page.close();
  }
});

it('guesses no browser while the core is away: a first cookie names its own, a later one has to wait', async () => {
  await bench.start();
  expect(await load(cookieOf('a'))).toBe(cookieOf('a'));
  const page = await attach(cookieOf('a'));
  expect(page.controls[0]).toEqual({ type: 'attached', resumed: false });
  const later = bench.open({ cookie: 'b'.repeat(44) });
  await until('it is refused', () => later.refusedStatus === 503);
});
