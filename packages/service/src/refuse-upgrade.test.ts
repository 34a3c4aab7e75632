import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pollFor } from '@parley/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { type HttpServer, startHttpServer } from './http-server.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';

describe('refuseUpgrade', () => {
  let server: HttpServer;
  let peer: Socket;

  afterEach(async () => {
    peer.destroy();
    await server.close();
  });

  /** The server's end of an upgrade that is refused as said, to a peer that never closes by itself. */
  async function refused(refuse: (socket: Duplex) => void): Promise<Duplex> {
    const taken: Duplex[] = [];
    server = await startHttpServer({ host: '127.0.0.1', port: 0 }, () => {}, [
      (_, socket) => {
        taken.push(socket);
        refuse(socket);
        return true;
      },
    ]);
    peer = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    peer.on('error', () => {});
    peer.write('GET /no HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    await pollFor(() => taken.length, 1);
    const [socket] = taken;
    if (socket === undefined) throw new Error('unreachable');
    return socket;
  }

  const gone = (socket: Duplex) => pollFor(() => socket.destroyed, true, { what: 'the socket to be gone' });

  it('answers in HTTP and lets go of a socket whose peer never closes', async () => {
    const socket = await refused((each) => refuseUpgrade(each, 429, { 'Retry-After': '3' }));
    let answer = '';
    peer.on('data', (chunk) => (answer += chunk.toString()));
    await gone(socket);
    const expected =
      'HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
    await pollFor(() => answer, expected);
  });

  it('lets go of a socket whose peer does not even read', async () => {
    const socket = await refused((each) => {
      // More than the two ends hold in the kernel.
      each.write(Buffer.alloc(32 * 1024 * 1024));
      refuseUpgrade(each, 403);
    });
    expect(socket.writableFinished).toBe(false);
    await gone(socket);
  });

  it('takes no harm from a peer that resets while it is answered', async () => {
    const socket = await refused((each) => {
      each.write(Buffer.alloc(32 * 1024 * 1024));
      refuseUpgrade(each, 403);
    });
    peer.resetAndDestroy();
    await gone(socket);
    expect(socket.errored).toMatchObject({ code: 'ECONNRESET' });
  });

  it('takes no harm from a socket that failed before', async () => {
    let isRefused = false;
    await refused((each) => {
      each.once('close', () => {
        refuseUpgrade(each, 503);
        isRefused = true;
      });
      each.destroy(new Error('reset'));
    });
    await pollFor(() => isRefused, true);
  });
});
