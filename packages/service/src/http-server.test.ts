import type { RequestListener, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pollFor } from '@parley/testkit';
import { describe, expect, it } from 'vitest';
import { startHttpServer } from './http-server.ts';
import { StartError } from './run-service.ts';

const anyPort = { host: '127.0.0.1', port: 0 };

/** Everything that the server says until it ends the connection; `parts` arrive one after the other. */
async function answerTo(port: number, parts: readonly string[]): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString()));
  socket.on('error', () => {});
  for (const part of parts) await new Promise<void>((resolve) => socket.write(part, () => setImmediate(resolve)));
  await pollFor(() => socket.closed, true, { what: 'the server to end the connection' });
  return text;
}

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

  it.each([
    ['h2c', 'Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__'],
    ['TLS', 'Connection: close, upgrade\r\nUpgrade: TLS/1.2, HTTP/1.3'],
  ])('answers a request that offers %s as if it did not, its body included', async (_name, offer) => {
    const echo: RequestListener = (request, response) => {
      response.write(JSON.stringify([request.method, request.url, request.headers['x-letters']]));
      request.pipe(response);
    };
    const server = await startHttpServer(anyPort, echo, [() => true]);
    for (const method of ['GET', 'POST']) {
      const head = (...lines: string[]): string =>
        [`${method} /a?b=c HTTP/1.1`, 'Host: a', 'X-Letters: \u00e9', offer, ...lines, '', ''].join('\r\n');
      for (const [body, parts] of [
        ['', [head()]],
        ['hello', [`${head('Content-Length: 5')}hello`]],
        ['hello world', [head('Content-Length: 11'), 'hello', ' world']],
        ['one', [`${head('Transfer-Encoding: chunked')}3\r\no`, 'ne\r\n0\r\n\r\n']],
      ] as const) {
        const answer = await answerTo(server.port, parts);
        expect(answer).toMatch(/^HTTP\/1.1 200 /);
        const unchunked = answer.replaceAll(/\r\n[0-9a-f]+\r\n/g, '');
        expect(unchunked).toContain(`["${method}","/a?b=c","\u00c3\u00a9"]${body}`);
      }
    }
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

  describe('with little time for a request', () => {
    const times = { headersTimeoutMs: 200, requestTimeoutMs: 300, checkMs: 20 };

    it.each([
      ['nothing', ''],
      ['half a head', 'GET / HTTP/1.1\r\nHost: a\r\nX-Mo'],
      ['half a body', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf'],
    ])('lets go of a client that sends %s and stays', async (_name, part) => {
      const server = await startHttpServer(anyPort, () => {}, [], times);
      expect(await answerTo(server.port, [part])).toMatch(/^HTTP\/1.1 408 /);
      await server.close();
    });

    it('cuts neither an answer that lasts nor a socket that was upgraded', async () => {
      const answers: ServerResponse[] = [];
      const sockets: Duplex[] = [];
      const server = await startHttpServer(
        anyPort,
        (_request, response) => {
          response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
          answers.push(response);
        },
        [(_request, socket) => sockets.push(socket) > 0],
        times,
      );
      const heard = new Map<Socket, string>();
      const ask = (lines: string): void => {
        const socket = connect(server.port, '127.0.0.1');
        socket.on('data', (chunk) => heard.set(socket, (heard.get(socket) ?? '') + chunk.toString()));
        socket.write(`${lines}\r\nHost: a\r\n\r\n`);
      };
      ask('GET /events HTTP/1.1');
      ask('GET /ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket');
      await pollFor(() => [answers.length, sockets.length], [1, 1]);
      // Those that came later and are late are gone by then, one after the other.
      for (let count = 0; count < 3; count += 1) await answerTo(server.port, ['POST / HTTP/1.1\r\nHo']);
      answers[0]?.write('data: still here\n\n');
      sockets[0]?.write('still here');
      await pollFor(
        () => [...heard.values()],
        (texts) => texts.length === 2 && texts.every((text) => text.includes('still here')),
      );
      for (const socket of [...heard.keys(), ...sockets]) socket.destroy();
      await server.close();
    });
  });
});
