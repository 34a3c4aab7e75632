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
  it('waits while a draft grows, and loses the draft as soon as the message has arrived', async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const due: { delayMs: number; callback: () => void }[] = [];
    const sessions = new TerminalSessions({
      server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      key: 'a'.repeat(64),
      headers: {},
      // Stands still: what is due later comes when the test says so.
      clock: {
        now: () => 0,
        after: (delayMs, callback) => {
          const timer = { delayMs, callback };
          due.push(timer);
          return () => void (due.includes(timer) && due.splice(due.indexOf(timer), 1));
        },
      },
      token: () => Promise.resolve('token'),
    });
    const hasSaved = (count: number) =>
      pollFor(
        () => saved.length,
        (length) => length === count,
      );

    const calmly = { isSending: false };
    sessions.save({ room: 'dev' }, calmly);
    due[0]?.callback();
    // The same again, while it is on its way.
    sessions.save({ room: 'dev' }, calmly);
    await hasSaved(1);
    await sessions.flush();
    expect(due).toHaveLength(0);
    expect(saved).toHaveLength(1);
    sessions.save({ room: 'dev', draft: 'hel' }, calmly);
    sessions.save({ room: 'dev', draft: 'hello' }, calmly);
    expect(due).toHaveLength(1);
    due[0]?.callback();
    await hasSaved(2);
    expect(saved[1]).toEqual({ room: 'dev', draft: 'hello' });
    sessions.save({ room: 'dev', draft: 'hello all' }, calmly);
    // Sent, and already something else is typed.
    sessions.save({ room: 'dev' }, { isSending: true });
    sessions.save({ room: 'dev', draft: 'and' }, { isSending: true });
    expect(due.map(({ delayMs }) => delayMs)).toEqual([500]);
    // It has arrived.
    sessions.save({ room: 'dev', draft: 'and' }, calmly);
    expect(due.map(({ delayMs }) => delayMs)).toEqual([25]);
    due[0]?.callback();
    await hasSaved(3);
    expect(saved[2]).toEqual({ room: 'dev', draft: 'and' });
    await sessions.flush();
    expect(due).toHaveLength(0);
  });
});
