/** A peer: `ws` as most chats use it. What a client sends to /send goes to every client of /read, one `send` each. No database. */
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

const readers = new Set<WebSocket>();

export const role = {
  async listen(): Promise<{ port: number }> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, maxPayload: 64 * 1024 });
    server.on('connection', (socket, request) => {
      socket.on('error', () => socket.terminate());
      if (request.url === '/read') {
        readers.add(socket);
        socket.on('close', () => readers.delete(socket));
      } else {
        socket.on('message', (data) => broadcast((data as Buffer).toString()));
      }
    });
    await new Promise((resolve) => server.once('listening', resolve));
    return { port: (server.address() as AddressInfo).port };
  },
};

function broadcast(text: string): void {
  for (const reader of readers) if (reader.readyState === WebSocket.OPEN) reader.send(text);
}
