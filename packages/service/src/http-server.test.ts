import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startHttpServer } from './http-server.ts';
import { StartError } from './run-service.ts';

const anyPort = { host: '127.0.0.1', port: 0 };

describe('startHttpServer', () => {
  it('says where it listens, and answers there', async () => {
    const server = await startHttpServer(anyPort, (_request, response) => response.end('hello'));
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    expect(await (await fetch(server.url)).text()).toBe('hello');
    await server.close();
    await server.close();
  });

  it('says in words that a port is taken', async () => {
    const first = await startHttpServer(anyPort, () => {});
    await expect(startHttpServer({ host: '127.0.0.1', port: first.port }, () => {})).rejects.toThrow(StartError);
    await expect(startHttpServer({ host: '127.0.0.1', port: first.port }, () => {})).rejects.toThrow(/in use/);
    await first.close();
  });

  it('refuses an upgrade that nobody takes', async () => {
    const server = await startHttpServer(anyPort, () => {}, [() => false]);
    const socket = connect(server.port, '127.0.0.1');
    socket.write('GET /no HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('close', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1.1 404 /);
    await server.close();
  });

  it('closes within two seconds although a client never finishes its request', async () => {
    const server = await startHttpServer(anyPort, () => {});
    const socket = connect(server.port, '127.0.0.1');
    const ended = new Promise((resolve) => socket.on('close', () => resolve('ended')));
    socket.on('error', () => {});
    await new Promise<void>((resolve) =>
      socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n', () => resolve()),
    );
    await server.close();
    expect(await ended).toBe('ended');
  });
});
