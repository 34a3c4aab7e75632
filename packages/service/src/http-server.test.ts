import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { pollFor } from '@parley/testkit';
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

  it('takes no harm from a peer that resets before its upgrade was answered', async () => {
    const taken: Duplex[] = [];
    const server = await startHttpServer(anyPort, () => {}, [(_request, socket) => taken.push(socket) > 0]);
    const peer = connect(server.port, '127.0.0.1');
    peer.write('GET /yes HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    await pollFor(() => taken.length, 1);
    peer.resetAndDestroy();
    // By this an owner hears of the reset.
    taken[0]?.write('too late');
    await pollFor(() => taken[0]?.destroyed, true);
    expect(taken[0]?.errored).toMatchObject({ syscall: 'write' });
    await server.close();
  });

  it('closes although a client never finishes its request', async () => {
    const server = await startHttpServer(anyPort, () => {});
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    await new Promise<void>((resolve) =>
      socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n', () => resolve()),
    );
    await server.close();
    await pollFor(() => socket.closed, true);
  });
});
