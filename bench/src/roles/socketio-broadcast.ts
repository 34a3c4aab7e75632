/** A peer: socket.io over WebSocket alone. A `send` event is emitted to the room that readers are in. No database. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';

export const role = {
  async listen(): Promise<{ port: number }> {
    const http = createServer();
    const server = new Server(http, { transports: ['websocket'], serveClient: false });
    server.on('connection', (socket) => {
      socket.on('read', (done: () => void) => {
        void socket.join('room');
        done();
      });
      socket.on('send', (text: string) => server.to('room').emit('message', text));
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    return { port: (http.address() as AddressInfo).port };
  },
};
