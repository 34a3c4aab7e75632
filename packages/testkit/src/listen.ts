import type { AddressInfo, Server } from 'node:net';

interface Listening {
  readonly port: number;
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  /** Takes no more, and resolves when the last connection has ended; those of HTTP are cut. */
  readonly close: () => Promise<void>;
}

/** Lets a server of a test's own listen on a free port of 127.0.0.1. */
export async function listen(server: Server & { closeAllConnections?(): void }): Promise<Listening> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections?.();
      await closed;
    },
  };
}
