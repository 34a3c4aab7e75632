/**
 * A peer: `ws` as most chats use it. What a client sends to /send goes to every client of /read, one `send` each. With a
 * database each message is committed first, as a row; without one nothing is stored.
 */
import type { AddressInfo } from 'node:net';
import { Client } from 'pg';
import { WebSocket, WebSocketServer } from 'ws';
import { insertEvent, ONE_ROW_EVENTS } from '../one-row-events.ts';

const readers = new Set<WebSocket>();

export const role = {
  async listen({ databaseUrl }: { databaseUrl?: string }): Promise<{ port: number }> {
    const pass = databaseUrl === undefined ? broadcast : await committing(databaseUrl);
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, maxPayload: 64 * 1024 });
    server.on('connection', (socket, request) => {
      socket.on('error', () => socket.terminate());
      if (request.url === '/read') {
        readers.add(socket);
        socket.on('close', () => readers.delete(socket));
      } else {
        socket.on('message', (data) => pass((data as Buffer).toString()));
      }
    });
    await new Promise((resolve) => server.once('listening', resolve));
    return { port: (server.address() as AddressInfo).port };
  },
};

/** One connection answers its statements in order, so that messages go out in theirs. */
async function committing(databaseUrl: string): Promise<(text: string) => void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(ONE_ROW_EVENTS);
  return (text) => {
    void insertEvent(client, { room: 1, sender: 1, text, prepared: true }).then(() => broadcast(text));
  };
}

function broadcast(text: string): void {
  for (const reader of readers) if (reader.readyState === WebSocket.OPEN) reader.send(text);
}
