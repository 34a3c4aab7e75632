import { createServer, type IncomingMessage, request, type RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { createLogger, startHttpServer } from '@parley/service';
import { pollFor } from '@parley/testkit';
import { afterEach, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createCoreProxy } from '../src/core-proxy.ts';
import { askAndStay } from './stubborn-peer.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

const log = createLogger('gateway', 'silent');

/** A stand-in for the core, and a gateway's proxy before it; answers the proxy's address. */
async function start(core: RequestListener, trustProxy = 0) {
  const server = createServer(core);
  const webSockets = new WebSocketServer({ server, path: '/ws' });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    for (const client of webSockets.clients) client.terminate();
    server.close();
  });
  const coreUrl = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const proxy = createCoreProxy(coreUrl, trustProxy, log);
  const front = await startHttpServer(
    { host: '127.0.0.1', port: 0 },
    (request, response) => {
      if (!proxy.handleRequest(request, response)) response.writeHead(404).end();
    },
    [proxy.handleUpgrade],
  );
  closers.push(async () => {
    proxy.close();
    await front.close();
  });
  return { url: front.url, webSockets, server };
}

/** The status of an answer to a path that is sent as it is: `fetch` would resolve its dots. */
const statusOf = (url: string, path: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const asked = request(url, { path, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.on('error', reject).end();
  });

it('passes on method, path, body and answer, and nothing but the core’s paths', async () => {
  const { url } = await start((request, response) => {
    response.writeHead(201, { 'x-core': 'yes' });
    request.pipe(response.write(`${request.method} ${request.url} `) ? response : response);
  });
  const answer = await fetch(`${url}/api/rooms/dev/messages?x=1`, { method: 'POST', body: 'hello' });
  expect([answer.status, answer.headers.get('x-core'), await answer.text()]).toEqual([
    201,
    'yes',
    'POST /api/rooms/dev/messages?x=1 hello',
  ]);
  for (const path of ['/', '/metrics', '/apiary']) expect((await fetch(url + path)).status).toBe(404);
});

it.each([
  '/api/../metrics',
  '/api/%2e%2e/metrics',
  '/api/.%2E/metrics',
  '/api/x/../../metrics',
  '/api\\..\\metrics',
  '/api//../../metrics',
  '//metrics',
  '/./metrics',
  '/api/..//metrics',
  '//api/rooms',
  '/\\api/rooms',
])('does not pass on what leads out of the core’s paths: %s', async (path) => {
  const asked: string[] = [];
  const core = await start((coreRequest, response) => {
    asked.push(coreRequest.url ?? '');
    response.end();
  });
  expect([await statusOf(core.url, path), asked]).toEqual([404, []]);
});

it('asks nobody but its core, whatever host a request names', async () => {
  const asked: string[] = [];
  const other = await start((_coreRequest, response) => response.end(asked.push('other')));
  const { url } = await start((coreRequest, response) => {
    asked.push(coreRequest.url ?? '');
    response.end();
  });
  const { host } = new URL(other.url);
  for (const path of [`//${host}/api/x`, `/\\${host}/api/x`, `http://${host}/api/x`]) {
    expect([path, await statusOf(url, path)]).toEqual([path, 404]);
  }
  // Within the core's paths dots are resolved on the way.
  expect([await statusOf(url, '/api//../x?y=../z'), asked]).toEqual([200, ['/api/x?y=../z']]);
});

it('frames an answer of unknown length as its client understands it', async () => {
  const { url } = await start((_request, response) => {
    response.write('one ');
    response.end('two');
  });
  const answer = await fetch(`${url}/api/x`);
  expect([answer.headers.get('transfer-encoding'), await answer.text()]).toEqual(['chunked', 'one two']);
  // A client that knows no chunks, such as older proxies and health checks.
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString()));
  socket.write('GET /api/x HTTP/1.0\r\n\r\n');
  await pollFor(() => socket.closed, true);
  expect(text).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  expect(text).not.toMatch(/transfer-encoding/i);
  expect(text).toMatch(/\r\n\r\none two$/);
});

it('tells the core who calls, and believes only the proxies it was told of', async () => {
  const show: RequestListener = (request, response) => response.end(request.headers['x-forwarded-for']);
  const headers = { 'x-forwarded-for': '203.0.113.9' };
  const stranger = await start(show, 0);
  expect(await (await fetch(`${stranger.url}/api/x`, { headers })).text()).toBe('127.0.0.1');
  const behind = await start(show, 1);
  expect(await (await fetch(`${behind.url}/api/x`, { headers })).text()).toBe('203.0.113.9, 127.0.0.1');
});

it('streams, and lets go of the core when the client does', async () => {
  let gone = false;
  const { url } = await start((request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: 1\n\n');
    request.on('close', () => (gone = true));
  });
  const abort = new AbortController();
  const answer = await fetch(`${url}/api/events`, { signal: abort.signal });
  const { value } = (await answer.body?.getReader().read()) ?? {};
  expect(new TextDecoder().decode(value)).toBe('data: 1\n\n');
  abort.abort();
  await pollFor(() => gone, true);
});

it('passes WebSockets through, Host and Origin as they came', async () => {
  const { url, webSockets } = await start((_request, response) => response.end());
  let seen: IncomingMessage | undefined;
  webSockets.on('connection', (socket, request) => {
    seen = request;
    socket.on('message', (data: Buffer) => socket.send(data.toString('utf8').toUpperCase()));
  });
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, { origin: url });
  const heard: string[] = [];
  socket.on('message', (data: Buffer) => heard.push(data.toString('utf8')));
  socket.on('open', () => socket.send('hello'));
  await pollFor(() => heard, ['HELLO']);
  expect(`http://${seen?.headers.host}`).toBe(url);
  expect(seen?.headers.origin).toBe(url);
  socket.terminate();
  await pollFor(() => webSockets.clients.size, 0);
});

it('hands on the core’s refusal of an upgrade', async () => {
  const { url, server } = await start((_request, response) => response.end());
  server.removeAllListeners('upgrade');
  server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'));
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`);
  let status: number | undefined;
  socket.on('unexpected-response', (_request, response) => (status = response.statusCode));
  socket.on('error', () => {});
  await pollFor(() => status, 403);
  // Nor does it hold on to a peer that never closes.
  expect(await askAndStay(url, '/ws')).toBe('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
});

it('hands on a refusal of unknown length as what comes until the end', async () => {
  const { url, server } = await start((_request, response) => response.end());
  server.removeAllListeners('upgrade');
  const refusal = ['Connection: keep-alive', 'Keep-Alive: timeout=5', 'X-Core: yes', 'transfer-encoding: chunked'];
  server.on('upgrade', (_request, socket) =>
    socket.end(`HTTP/1.1 401 Unauthorized\r\n${refusal.join('\r\n')}\r\n\r\n5\r\nhello\r\n0\r\n\r\n`),
  );
  expect(await askAndStay(url, '/ws')).toBe(
    'HTTP/1.1 401 Unauthorized\r\nX-Core: yes\r\nConnection: close\r\n\r\nhello',
  );
});

it('answers 503 in the API’s own shape when there is no core', async () => {
  const { url, server } = await start(() => {});
  server.close();
  await pollFor(async () => (await fetch(`${url}/api/health`)).status, 503);
  const answer = await fetch(`${url}/api/health`);
  expect(await answer.json()).toMatchObject({ error: { code: 'unavailable' } });
  expect(await askAndStay(url, '/ws')).toMatch(/^HTTP\/1.1 503 Service Unavailable\r\n/);
});
