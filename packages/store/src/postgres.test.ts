import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it, vi } from 'vitest';
import { preparePostgres } from './postgres.ts';

it('waits for Postgres by a clock that nobody sets', async () => {
  const stopping = new AbortController();
  let attempts = 0;
  const server = createServer((socket) => {
    attempts += 1;
    if (attempts === 3) stopping.abort();
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const clock = vi.spyOn(Date, 'now');
  try {
    const { port } = server.address() as AddressInfo;
    const wait = preparePostgres(
      { host: '127.0.0.1', port, user: 'nobody' },
      {
        timeoutMs: 60_000,
        onNotice: () => void clock.mockReturnValue(Number.MAX_SAFE_INTEGER),
        stopping: stopping.signal,
      },
    );
    await expect(wait).rejects.toThrow('aborted');
    expect(attempts).toBe(3);
  } finally {
    clock.mockRestore();
    server.close();
  }
});
