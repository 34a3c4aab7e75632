/** A peer that asks for a WebSocket and never closes, whatever it is answered. */
import { connect } from 'node:net';
import { pollFor } from '@parley/testkit';

/** What it was answered, once the server has let go of it; fails when the server doesn't. */
export async function askAndStay(url: string, path: string, headers: readonly string[] = []): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk.toString()));
  // The reset that answers what is sent to a socket which is gone.
  socket.on('error', () => {});
  const lines = [`GET ${path} HTTP/1.1`, 'Host: a', 'Connection: Upgrade', 'Upgrade: websocket', ...headers];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  const isGone = (): boolean => {
    // Not before the answer is here whole: a reset would take it away.
    if (socket.readableEnded && !socket.destroyed) socket.write('still here');
    return socket.destroyed;
  };
  try {
    await pollFor(isGone, true, { what: 'the server to let go' });
  } finally {
    socket.destroy();
  }
  return answer;
}
