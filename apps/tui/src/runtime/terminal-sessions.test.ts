import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pollFor } from '@parley/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { TerminalSessions } from './terminal-sessions.ts';

const saved: { draft?: string }[] = [];
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    saved.push(JSON.parse(Buffer.concat(chunks).toString()) as { draft?: string });
    response.writeHead(204).end();
  });
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe('the saved place', () => {
  it('waits while a draft grows, and loses the draft at once when it is sent', async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const due: (() => void)[] = [];
    const sessions = new TerminalSessions({
      server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      key: 'a'.repeat(64),
      headers: {},
      // Stands still: what is due later comes when the test says so.
      clock: {
        now: () => 0,
        after: (_delayMs, callback) => {
          due.push(callback);
          return () => void due.splice(due.indexOf(callback), 1);
        },
      },
      token: () => Promise.resolve('token'),
    });
    const hasSaved = (count: number) =>
      pollFor(
        () => saved.length,
        (length) => length === count,
      );

    sessions.save({ room: 'dev' });
    due[0]?.();
    // The same again, while it is on its way.
    sessions.save({ room: 'dev' });
    await hasSaved(1);
    await sessions.flush();
    expect(due).toHaveLength(0);
    expect(saved).toHaveLength(1);
    sessions.save({ room: 'dev', draft: 'hel' });
    sessions.save({ room: 'dev', draft: 'hello' });
    expect(due).toHaveLength(1);
    due[0]?.();
    await hasSaved(2);
    expect(saved[1]).toEqual({ room: 'dev', draft: 'hello' });
    sessions.save({ room: 'dev', draft: 'hello all' });
    sessions.save({ room: 'dev' });
    await hasSaved(3);
    expect(saved[2]).toEqual({ room: 'dev' });
    expect(due).toHaveLength(0);
  });
});
