/**
 * A TCP connection that reads into one buffer that all connections of the process share, so that ten thousand of them cost
 * a load process next to nothing.
 */
import { createConnection, type Socket } from 'node:net';

const shared = Buffer.allocUnsafe(256 * 1024);

export interface RawSocketOptions {
  readonly port: number;
  /** The bytes are valid during the call only. */
  readonly onBytes: (buffer: Buffer, length: number) => void;
  readonly onClose: (reason: string) => void;
}

/** Resolves once connected. Whatever ends the connection is told once, in `onClose`. */
export function openRawSocket({ port, onBytes, onClose }: RawSocketOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: {
        buffer: shared,
        callback: (length, buffer) => {
          onBytes(buffer as Buffer, length);
          return true;
        },
      },
    });
    let reason = 'closed by the server';
    socket.once('error', (error) => {
      reason = error.message;
      reject(error);
    });
    socket.once('connect', () => resolve(socket));
    socket.once('close', () => onClose(reason));
  });
}
