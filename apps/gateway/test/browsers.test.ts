import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { cookieHash } from '../src/browser-cookie.ts';
import { cookieOf, GatewayBench, NO_CORE, type TestPage, until } from './gateway-harness.ts';

/** As much of a core as knows cookies: one chain, of which only the newest and those before it that are allowed work. */
let core: Server | undefined;
afterEach(() => {
  core?.closeAllConnections();
  core?.close();
  core = undefined;
});
// After that: what is opened last is closed first.
const bench = new GatewayBench();

/** `shown`: the hashes of cookies that it was asked about. What it answers with is up to `answers`. */
async function startCore(): Promise<{
  url: string;
  browsers: Map<string, string>;
  shown: string[];
  answers: (how: 'well' | 'with 500' | 'nothing') => void;
}> {
  const browsers = new Map<string, string>();
  const shown: string[] = [];
  let how: 'well' | 'with 500' | 'nothing' = 'well';
  const server = createServer((request, response) => {
    const [, hash = '', verb] = /^\/api\/browser-cookies\/([0-9a-f]{64})\/(show|next)$/.exec(request.url ?? '') ?? [];
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const browser = browsers.get(hash);
      if (verb === 'show') shown.push(hash);
      if (how === 'nothing') return;
      if (how === 'with 500') {
        response.writeHead(500).end();
        return;
      }
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
  return { url: `http://127.0.0.1:${port}`, browsers, shown, answers: (wanted) => (how = wanted) };
}

/** A first cookie names its own browser. */
const knows = (browsers: Map<string, string>, first: string): void =>
  void browsers.set(cookieHash(first), cookieHash(first).slice(0, 32));

const load = (cookie?: string): Promise<string> => bench.load(cookie);
const attach = (cookie: string): Promise<TestPage> => bench.open({ cookie }).attach({ tab: 'tab-of-ada' });
const isToWait = async (cookie: string): Promise<void> => {
  const page = bench.open({ cookie });
  await until('it is refused', () => page.refusedStatus === 503);
};

it('replaces the cookie with each load of the page, and finds the session under the next one', async () => {
  const { url, browsers } = await startCore();
  await bench.start({}, { coreUrl: url });
  const first = await load();
  knows(browsers, first);
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

it('lets whoever has just loaded the page in without waiting for the core, which hears of it', async () => {
  const { url, browsers, shown, answers } = await startCore();
  await bench.start({}, { coreUrl: url });
  const first = await load();
  knows(browsers, first);
  answers('nothing');
  const newcomer = await attach(first);
  expect(newcomer.controls[0]).toEqual({ type: 'attached', resumed: false });
  newcomer.close();
  expect(shown).toEqual([]);
  answers('well');
  const second = await load(first);
  answers('nothing');
  const back = await attach(second);
  expect(back.controls[0]).toEqual({ type: 'attached', resumed: true });
  back.close();
  await until('the core has heard of it', () => shown.length > 0);
  expect(shown).toEqual([cookieHash(second)]);
});

it('tells the core of a cookie again where that failed: those before it must wear out', async () => {
  const { url, browsers, shown, answers } = await startCore();
  await bench.start({}, { coreUrl: url });
  const first = await load();
  knows(browsers, first);
  const second = await load(first);
  answers('with 500');
  (await attach(second)).close();
  await until('the core was told, in vain', () => shown.length === 1);
  answers('well');
  await until('it is told again', () => shown.length === 2);
  expect(shown).toEqual([cookieHash(second), cookieHash(second)]);
});

it('remembers no cookie that it was only asked about, and forgets one that the core says was replaced', async () => {
  const { url, browsers, shown } = await startCore();
  await bench.start({}, { coreUrl: url });
  browsers.set(cookieHash(cookieOf('a')), 'the browser');
  for (let turn = 0; turn < 2; turn += 1) (await attach(cookieOf('a'))).close();
  expect(shown).toHaveLength(2);
  const next = await load(cookieOf('a'));
  browsers.delete(cookieHash(next));
  // It is remembered, and the core told beside, until the answer is there.
  const resumed: unknown[] = [];
  do {
    const page = await attach(next);
    resumed.push(page.controls[0]);
    page.close();
  } while (JSON.stringify(resumed.at(-1)).includes('true'));
  expect(resumed[0]).toEqual({ type: 'attached', resumed: true });
});

describe('while the core is away', () => {
  it('leaves a page its cookie, and guesses no browser: whoever has not been here waits', async () => {
    await bench.start({}, { coreUrl: NO_CORE });
    expect(await load(cookieOf('a'))).toBe(cookieOf('a'));
    await isToWait(cookieOf('a'));
    await isToWait('b'.repeat(44));
  });

  it('lets a browser back in that has shown nothing but its first cookie', async () => {
    const { url, browsers, answers } = await startCore();
    await bench.start({}, { coreUrl: url });
    knows(browsers, cookieOf('a'));
    (await attach(cookieOf('a'))).close();
    answers('with 500');
    const back = await attach(cookieOf('a'));
    expect(back.controls[0]).toEqual({ type: 'attached', resumed: true });
  });

  it('lets nobody into a session by the first cookie of a browser that has shown a later one', async () => {
    const { url, browsers, answers } = await startCore();
    await bench.start({}, { coreUrl: url });
    knows(browsers, cookieOf('a'));
    const page = await attach(cookieOf('a'));
    const second = await load(cookieOf('a'));
    // Issued, not shown: the browser may never have got it.
    answers('with 500');
    const again = await attach(cookieOf('a'));
    expect(again.controls[0]).toEqual({ type: 'attached', resumed: true });
    (await attach(second)).close();
    await isToWait(cookieOf('a'));
    // Also where the core still takes it, as it does for a minute.
    answers('well');
    (await attach(cookieOf('a'))).close();
    answers('with 500');
    await isToWait(cookieOf('a'));
    page.close();
  });

  it('lets nobody in by a cookie of which the core has said that it was replaced', async () => {
    const { url, browsers, answers } = await startCore();
    await bench.start({}, { coreUrl: url });
    knows(browsers, cookieOf('a'));
    (await attach(cookieOf('a'))).close();
    browsers.clear();
    const page = await attach(cookieOf('a'));
    expect(page.controls[0]).toEqual({ type: 'attached', resumed: false });
    answers('with 500');
    await isToWait(cookieOf('a'));
  });
});

it('takes no harm from a page that resets while the core is asked whose it is', async () => {
  const { url, browsers, shown, answers } = await startCore();
  knows(browsers, cookieOf('a'));
  const { port } = await bench.start({}, { coreUrl: url });
  const headers = [`Host: 127.0.0.1:${port}`, `Origin: http://127.0.0.1:${port}`, `Cookie: parley=${cookieOf('a')}`];
  const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
  const key = `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`;
  answers('nothing');
  const peer = connect(port, '127.0.0.1');
  peer.write(`${['GET /terminal HTTP/1.1', ...headers, ...upgrade, key].join('\r\n')}\r\n\r\n`);
  await until('the core is asked', () => shown.length === 1);
  peer.resetAndDestroy();
  core?.closeAllConnections();
  answers('well');
  const page = await attach(cookieOf('a'));
  expect(page.controls[0]).toEqual({ type: 'attached', resumed: false });
});
