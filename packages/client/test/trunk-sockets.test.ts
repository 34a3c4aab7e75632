import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  decodeTrunkRequest,
  encodeTrunkClosed,
  encodeTrunkTextHead,
  TICKET_HEADER,
  type TrunkRequest,
} from '@parley/protocol';
import { pollFor } from '@parley/testkit';
import { type WebSocket, WebSocketServer } from 'ws';
import { afterEach, describe, expect, it } from 'vitest';
import { type ClientSocket, type CreateSocket, TrunkSockets } from '../src/index.ts';

const headers = { [TICKET_HEADER]: 'a ticket' };
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

/** A server with WebSockets at these paths; others are refused. */
async function startServer(...paths: string[]) {
  const server = createServer();
  servers.push(server);
  const sockets: { path: string; socket: WebSocket }[] = [];
  const requests: TrunkRequest[] = [];
  const wss = new WebSocketServer({ noServer: true });
  let status = 404;
  server.on('upgrade', (request, socket, head) => {
    const path = request.url ?? '';
    if (!paths.includes(path)) {
      socket.end(`HTTP/1.1 ${status} No\r\nConnection: close\r\n\r\n`);
      return;
    }
    wss.handleUpgrade(request, socket, head, (ws) => {
      sockets.push({ path, socket: ws });
      ws.on('message', (data: Buffer, isBinary) => {
        const trunkRequest = isBinary ? decodeTrunkRequest(data) : undefined;
        if (trunkRequest !== undefined) requests.push(trunkRequest);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`,
    sockets,
    requests,
    refuseWith: (other: number) => (status = other),
  };
}

interface Heard {
  readonly socket: ClientSocket;
  readonly deeds: string[];
}

function listen(
  open: CreateSocket,
  url: string,
  shown: Record<string, string> = headers,
  onClosed: () => void = () => {},
): Heard {
  const deeds: string[] = [];
  const socket = open(
    url,
    { headers: shown },
    {
      opened: () => deeds.push('opened'),
      received: (text) => deeds.push(`received ${text}`),
      alive: () => deeds.push('alive'),
      closed: (code, reason) => {
        deeds.push(`closed ${code} ${reason}`.trim());
        onClosed();
      },
    },
  );
  expect(deeds).toEqual([]);
  return { socket, deeds };
}

const textFor = (channels: number[], text: string): Buffer =>
  Buffer.concat([encodeTrunkTextHead(channels), Buffer.from(text)]);

describe('sockets over a trunk', () => {
  it('are one WebSocket for all, and each hears what is for it', async () => {
    const { url, sockets, requests } = await startServer('/ws/trunk');
    const { open } = new TrunkSockets();
    const [first, second] = [listen(open, url), listen(open, url)];
    await pollFor(() => [...first.deeds, ...second.deeds], ['opened', 'opened']);
    const third = listen(open, url);
    await pollFor(() => third.deeds, ['opened']);
    first.socket.send('one');
    await pollFor(() => requests.at(-1), { kind: 'text', channel: 1, text: Buffer.from('one') });
    expect(requests.slice(0, 3)).toEqual([1, 2, 3].map((channel) => ({ kind: 'open', channel, ticket: 'a ticket' })));
    sockets[0]?.socket.send(textFor([1, 3, 8], 'hi'));
    sockets[0]?.socket.ping();
    await pollFor(() => third.deeds, ['opened', 'received hi', 'alive']);
    expect([first.deeds, second.deeds]).toEqual([
      ['opened', 'received hi', 'alive'],
      ['opened', 'alive'],
    ]);
    expect(sockets).toHaveLength(1);
  });

  it('close alone, from either side, and hear nothing more', async () => {
    const { url, sockets, requests } = await startServer('/ws/trunk');
    const { open } = new TrunkSockets();
    const [first, second, third] = [listen(open, url), listen(open, url), listen(open, url)];
    await pollFor(() => third.deeds, ['opened']);
    first.socket.close(1000);
    first.socket.close(1000);
    second.socket.terminate();
    first.socket.send('too late');
    await pollFor(
      () => [first.deeds, second.deeds],
      [
        ['opened', 'closed 1000'],
        ['opened', 'closed 1006'],
      ],
    );
    await pollFor(
      () => requests.slice(3),
      [
        { kind: 'close', channel: 1 },
        { kind: 'close', channel: 2 },
      ],
    );
    sockets[0]?.socket.send(encodeTrunkClosed(3, 4503, 'The server is going away.'));
    sockets[0]?.socket.send(textFor([1, 2, 3], 'hi'));
    await pollFor(() => third.deeds, ['opened', 'closed 4503 The server is going away.']);
    const fourth = listen(open, url);
    await pollFor(() => fourth.deeds, ['opened']);
    expect([first.deeds.length, second.deeds.length, third.deeds.length, sockets.length]).toEqual([2, 2, 2, 1]);
  });

  it.each([
    ['is lost', (socket: WebSocket) => socket.terminate(), 'closed 1006'],
    ['is closed in words', (socket: WebSocket) => socket.close(4503, 'bye'), 'closed 4503 bye'],
    ['brings what is none of its frames', (socket: WebSocket) => socket.send(Buffer.from([9])), 'closed 1006'],
  ])('are all closed when their trunk %s, and are opened on another', async (_, end, words) => {
    const { url, sockets } = await startServer('/ws/trunk');
    const { open } = new TrunkSockets();
    const both = [listen(open, url), listen(open, url)];
    await pollFor(() => both.map(({ deeds }) => deeds.length), [1, 1]);
    if (sockets[0] !== undefined) end(sockets[0].socket);
    await pollFor(
      () => both.map(({ deeds }) => deeds),
      [
        ['opened', words],
        ['opened', words],
      ],
    );
    const next = listen(open, url);
    await pollFor(() => next.deeds, ['opened']);
    expect(sockets).toHaveLength(2);
  });

  it('are opened on another trunk once nothing is heard of the one at hand', async () => {
    const { url, sockets } = await startServer('/ws/trunk');
    let now = 0;
    const { open } = new TrunkSockets({ silentMs: 100, now: () => now });
    const both = [listen(open, url), listen(open, url)];
    await pollFor(() => both.map(({ deeds }) => deeds.length), [1, 1]);
    // What is heard of keeps its channels when one of them is given up.
    both[0]?.socket.terminate();
    await pollFor(() => both[0]?.deeds, ['opened', 'closed 1006']);
    expect(both[1]?.deeds).toEqual(['opened']);
    now += 101;
    const third = listen(open, url);
    await pollFor(() => third.deeds, ['opened']);
    third.socket.terminate();
    await pollFor(() => both[1]?.deeds, ['opened', 'closed 1006']);
    const next = listen(open, url);
    await pollFor(() => next.deeds, ['opened']);
    expect(sockets).toHaveLength(2);
  });

  describe('that keep news until it is taken', () => {
    const message = (seq: number): string =>
      JSON.stringify({
        type: 'message',
        room: 'lobby',
        seq,
        at: '2026-01-01T00:00:00.000Z',
        from: { id: '1', nick: 'ada' },
        text: 'hi',
        cid: '00000000-0000-4000-8000-000000000000',
      });
    const hint = JSON.stringify({ type: 'typing', room: 'lobby', user: { id: '1', nick: 'ada' } });
    const answer = JSON.stringify({ type: 'ok', re: 1 });

    /** Two channels of which each is told something first. */
    async function openBoth() {
      const { url, sockets } = await startServer('/ws/trunk');
      const { open } = new TrunkSockets();
      const both = [listen(open, url), listen(open, url)] as const;
      await pollFor(() => both.map(({ deeds }) => deeds.length), [1, 1]);
      const send = (channels: number[], text: string): void => sockets[0]?.socket.send(textFor(channels, text));
      const told = ({ deeds }: Heard): string[] =>
        deeds.filter((deed) => deed.startsWith('received ')).map((deed) => deed.slice(9));
      return { both, send, told };
    }

    it('take it once and in order, and the others are told as ever', async () => {
      const { both, send, told } = await openBoth();
      both[0].socket.keepNews?.('all');
      for (let seq = 1; seq <= 3; seq++) send(seq === 2 ? [2] : [1, 2], message(seq));
      send([1], hint);
      send([2], answer);
      await pollFor(() => told(both[1]), [message(1), message(2), message(3), answer]);
      expect(told(both[0])).toEqual([]);
      expect(both[0].socket.takeNews?.()).toEqual([message(1), message(3), hint]);
      expect(both[0].socket.takeNews?.()).toEqual([]);
      send([1, 2], message(4));
      await pollFor(() => told(both[0]), [message(4)]);
    });

    it('are told it before an answer', async () => {
      const { both, send, told } = await openBoth();
      both[0].socket.keepNews?.('all');
      send([1], message(1));
      send([1], answer);
      await pollFor(() => told(both[0]), [message(1), answer]);
      expect(both[0].socket.takeNews?.()).toEqual([]);
    });

    it('are told it before news of a length that is not looked into', async () => {
      const { both, send, told } = await openBoth();
      both[0].socket.keepNews?.('all');
      send([1], message(1));
      const long = message(2).replace('hi', 'h'.repeat(9000));
      send([1], long);
      await pollFor(() => told(both[0]), [message(1), long]);
    });

    it('are told hints before an event, if they keep those alone', async () => {
      const { both, send, told } = await openBoth();
      both[0].socket.keepNews?.('hints');
      send([1, 2], hint);
      await pollFor(() => told(both[1]), [hint]);
      expect(told(both[0])).toEqual([]);
      send([1, 2], message(1));
      await pollFor(() => told(both[1]), [hint, message(1)]);
      expect(told(both[0])).toEqual([hint, message(1)]);
    });

    it('are told it once it gets too much, where they never look', async () => {
      const { both, send, told } = await openBoth();
      both[0].socket.keepNews?.('all');
      const all = Array.from({ length: 100 }, (_, seq) => message(seq + 1));
      for (const each of all) send([1, 2], each);
      await pollFor(() => told(both[1]).length, 100);
      expect(told(both[0]).length).toBeGreaterThan(0);
      expect([...told(both[0]), ...(both[0].socket.takeNews?.() ?? [])]).toEqual(all);
    });

    it('take what came before their end', async () => {
      const { url, sockets } = await startServer('/ws/trunk');
      const { open } = new TrunkSockets();
      let taken: readonly string[] | undefined;
      const ended = listen(open, url, headers, () => (taken = ended.socket.takeNews?.()));
      const other = listen(open, url);
      await pollFor(() => other.deeds, ['opened']);
      ended.socket.keepNews?.('all');
      sockets[0]?.socket.send(textFor([1, 2], message(1)));
      await pollFor(() => other.deeds.length, 2);
      sockets[0]?.socket.terminate();
      await pollFor(() => ended.deeds, ['opened', 'closed 1006']);
      expect(taken).toEqual([message(1)]);
    });
  });

  it('hear what is for them when another one’s listener throws', async () => {
    const { url, sockets } = await startServer('/ws/trunk');
    const { open } = new TrunkSockets();
    const faults: unknown[] = [];
    const onFault = (error: unknown): void => void faults.push(error);
    process.prependOnceListener('uncaughtException', onFault);
    const others = process.listeners('uncaughtException').filter((each) => each !== onFault);
    for (const other of others) process.off('uncaughtException', other);
    open(
      url,
      { headers },
      {
        opened() {},
        received: () => {
          throw new Error('a fault');
        },
        alive() {},
        closed() {},
      },
    );
    const second = listen(open, url);
    await pollFor(() => second.deeds, ['opened']);
    sockets[0]?.socket.send(textFor([1, 2], 'hi'));
    await pollFor(() => second.deeds, ['opened', 'received hi']);
    await pollFor(() => faults.length, 1);
    for (const other of others) process.on('uncaughtException', other);
    expect(faults).toEqual([new Error('a fault')]);
  });

  it.each([403, 404])('are WebSockets of their own where a server has no trunks (%d)', async (status) => {
    const { url, sockets, refuseWith } = await startServer('/ws');
    refuseWith(status);
    const { open } = new TrunkSockets();
    const [first, second, gone] = [listen(open, url), listen(open, url), listen(open, url)];
    gone.socket.terminate();
    await pollFor(() => [first.deeds, second.deeds, gone.deeds], [['opened'], ['opened'], ['closed 1006']]);
    expect(sockets.map(({ path }) => path)).toEqual(['/ws', '/ws']);
    sockets[0]?.socket.send('hi');
    await pollFor(() => [...first.deeds, ...second.deeds].includes('received hi'), true);
    first.socket.close(1000);
    second.socket.terminate();
    await pollFor(() => [first.deeds.at(-1), second.deeds.at(-1)], ['closed 1000', 'closed 1006']);
  });

  it('are WebSockets of their own for those without a ticket', async () => {
    const { url, sockets } = await startServer('/ws', '/ws/trunk');
    const own = listen(new TrunkSockets().open, url, {});
    await pollFor(() => own.deeds, ['opened']);
    expect(sockets.map(({ path }) => path)).toEqual(['/ws']);
    own.socket.terminate();
  });

  it('tell why they never opened', async () => {
    const { url, refuseWith } = await startServer();
    refuseWith(503);
    const { open } = new TrunkSockets();
    const busy = listen(open, url);
    await pollFor(() => busy.deeds, ['closed 1006 The server is starting anew.']);
    const nobody = listen(open, 'ws://127.0.0.1:9/ws');
    await pollFor(() => nobody.deeds, ['closed 1006 Nothing answers at this address.']);
  });
});
