import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { callHttp } from './http-call.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(listener: RequestListener): Promise<URL> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return new URL(`http://127.0.0.1:${(started.address() as AddressInfo).port}/path?x=1`);
}

const call = { method: 'PUT', idempotent: true, headers: { 'x-some': 'thing' }, timeoutMs: 5000 };

it('sends method, path, headers and body, and answers status and text', async () => {
  const url = await serve((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString('utf8')));
    request.on('end', () => {
      const { method, headers } = request;
      response.writeHead(404).end(`${method} ${request.url} ${String(headers['x-some'])} ${body}`);
    });
  });
  expect(await callHttp(url, { ...call, body: 'ü' })).toEqual({ status: 404, text: 'PUT /path?x=1 thing ü' });
});

it('keeps the connection for the next call', async () => {
  const ports = new Set<number | undefined>();
  const url = await serve((request, response) => {
    ports.add(request.socket.remotePort);
    response.end();
  });
  for (let time = 0; time < 3; time++) await callHttp(url, call);
  expect(ports.size).toBe(1);
});

it('calls again when the kept connection was closed meanwhile', async () => {
  let calls = 0;
  const url = await serve((request, response) => {
    calls++;
    if (calls === 2) request.socket.destroy();
    else response.end('yes');
  });
  await callHttp(url, call);
  expect(await callHttp(url, call)).toEqual({ status: 200, text: 'yes' });
  expect(calls).toBe(3);
});

it('makes a call that must not be made twice on a connection of its own', async () => {
  const ports = new Set<number | undefined>();
  let calls = 0;
  const url = await serve((request, response) => {
    ports.add(request.socket.remotePort);
    calls++;
    if (calls === 3) request.socket.destroy();
    else response.end();
  });
  await callHttp(url, call);
  await callHttp(url, { ...call, idempotent: false });
  expect(ports.size).toBe(2);
  await expect(callHttp(url, { ...call, idempotent: false })).rejects.toThrow('socket hang up');
  expect(calls).toBe(3);
});

it('gives up in time on a server that does not answer', async () => {
  const url = await serve(() => {});
  await expect(callHttp(url, { ...call, timeoutMs: 50 })).rejects.toThrow('in time');
});

it('rejects when nobody is there', async () => {
  await expect(callHttp(new URL('http://127.0.0.1:9/'), call)).rejects.toThrow('ECONNREFUSED');
});
