import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { makeTemporaryFolder } from '@parley/testkit';
import { afterEach, expect, it } from 'vitest';
import { NO_CORE, startGateway, type TestGateway } from './gateway-harness.ts';

let gateway: TestGateway | undefined;

afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
});

it('gives each answer a nonce of its own, in the policy and in the page', async () => {
  gateway = await startGateway();
  const nonces = new Set<string>();
  for (let count = 0; count < 3; count += 1) {
    const answer = await fetch(gateway.url);
    const [, nonce = ''] =
      /'nonce-([A-Za-z0-9+/=]{24})'/.exec(answer.headers.get('content-security-policy') ?? '') ?? [];
    expect(await answer.text()).toContain(`nonce="${nonce}"`);
    // Its cookie is for one browser: no cache in between may keep it for another.
    expect(answer.headers.get('cache-control')).toBe('private, no-cache');
    nonces.add(nonce);
  }
  expect(nonces.size).toBe(3);
});

it('allows nothing that the page does not need', async () => {
  gateway = await startGateway();
  const { headers } = await fetch(gateway.url);
  expect(headers.get('content-security-policy')?.replace(/nonce-[^']+/, 'nonce')).toBe(
    "default-src 'none';script-src 'self' 'wasm-unsafe-eval';style-src 'self' 'nonce';connect-src 'self';" +
      "img-src 'self' data:;font-src 'self';manifest-src 'self';frame-ancestors 'none';base-uri 'none';form-action 'none'",
  );
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('x-frame-options')).toBe('DENY');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
});

it('asks for TLS from then on where people come over it, and speaks for no other host', async () => {
  const askedFor = async (publicUrl: URL | undefined): Promise<string | null> => {
    gateway = await startGateway({ publicUrl });
    const { headers } = await fetch(gateway.url);
    await gateway.close();
    return headers.get('strict-transport-security');
  };
  expect(await askedFor(undefined)).toBeNull();
  expect(await askedFor(new URL('http://chat.example.org'))).toBeNull();
  expect(await askedFor(new URL('https://chat.example.org'))).toMatch(/^max-age=\d+$/);
});

it('lets hashed files be kept for ever, and others not', async () => {
  gateway = await startGateway();
  const cacheControl = async (path: string) => (await fetch(`${gateway?.url}${path}`)).headers.get('cache-control');
  expect(await cacheControl('/assets/main-abc.js')).toBe('public, max-age=31536000, immutable');
  expect(await cacheControl('/favicon.svg')).toBe('no-cache');
});

it('sends the compressed copy that a browser takes', async () => {
  const folder = makeTemporaryFolder();
  try {
    const script = 'console.log("the same again and again, the same again and again");';
    mkdirSync(join(folder.path, 'assets'));
    writeFileSync(join(folder.path, 'index.html'), '');
    writeFileSync(join(folder.path, 'assets/main.js'), script);
    writeFileSync(join(folder.path, 'assets/main.js.br'), brotliCompressSync(script));
    writeFileSync(join(folder.path, 'assets/main.js.gz'), gzipSync(script));
    gateway = await startGateway({}, { webFolder: folder.path });
    for (const [accepted, sent] of [
      ['gzip, deflate, br', 'br'],
      ['gzip', 'gzip'],
      ['br;q=0, gzip;q=0.5', 'gzip'],
      ['identity', null],
    ] as const) {
      const answer = await fetch(`${gateway.url}/assets/main.js`, { headers: { 'accept-encoding': accepted } });
      expect(answer.headers.get('content-encoding')).toBe(sent);
      expect(answer.headers.get('content-type')).toMatch(/^text\/javascript/);
      expect(answer.headers.get('vary')).toContain('Accept-Encoding');
      expect(answer.headers.get('cache-control')).toContain('immutable');
      expect(await answer.text()).toBe(script);
    }
  } finally {
    folder.remove();
  }
});

it('serves nothing outside its folder', async () => {
  gateway = await startGateway();
  for (const path of ['/..%2f..%2fetc/passwd', '/assets/..%2f..%2f..%2fetc/passwd', '/.env', '/assets/', '/nothing']) {
    expect([path, (await fetch(gateway.url + path)).status]).toEqual([
      path,
      expect.toSatisfy((status) => status >= 400),
    ]);
  }
});

it('gives a browser a cookie that scripts can’t read, and leaves it the one it has while the core is away', async () => {
  gateway = await startGateway({}, { coreUrl: NO_CORE });
  const first = (await fetch(gateway.url)).headers.get('set-cookie') ?? '';
  expect(first).toMatch(/^parley=[A-Za-z0-9_-]{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Lax$/);
  const [pair = ''] = first.split(';');
  const again = await fetch(gateway.url, { headers: { cookie: `a=b; ${pair}` } });
  expect(again.headers.get('set-cookie')).toBe(first);
  const forged = await fetch(gateway.url, { headers: { cookie: 'parley=short' } });
  expect(forged.headers.get('set-cookie')).not.toContain('parley=short');
});

it('marks the cookie Secure behind TLS only, as far as the proxy may be believed', async () => {
  const isSecure = async (): Promise<boolean> => {
    const answer = await fetch(gateway?.url ?? '', { headers: { 'x-forwarded-proto': 'https' } });
    return answer.headers.get('set-cookie')?.endsWith('; Secure') ?? false;
  };
  gateway = await startGateway({ trustProxy: 1 });
  expect(await isSecure()).toBe(true);
  await gateway.close();
  gateway = await startGateway({ trustProxy: 0 });
  expect(await isSecure()).toBe(false);
});

it('says in words what is missing when it has not been built', async () => {
  await expect(startGateway({}, { webFolder: '/nowhere' })).rejects.toThrow('Run `npm run build`');
  await expect(startGateway({}, { tuiProgram: { path: '/nowhere.cjs' } })).rejects.toThrow('Run `npm run build`');
});
