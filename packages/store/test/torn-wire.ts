/** A TCP relay in front of Postgres that can refuse, cut, go silent, or swallow an answer. */
import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

export class TornWire {
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;
  #silent = false;
  #swallowAfter: string | undefined;

  constructor(targetUrl: string) {
    this.#target = new URL(targetUrl);
  }

  /** The database's address through the relay; known once it was opened. */
  get url(): string {
    const url = new URL(this.#target);
    url.hostname = '127.0.0.1';
    url.port = String(this.#port);
    return url.href;
  }

  /** Accepts connections, on the same port as before. */
  async open(): Promise<void> {
    const server = createServer({ allowHalfOpen: false }, (inside) => this.#relay(inside));
    this.#server = server;
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Cuts every connection and refuses new ones. May be called twice. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.cut();
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
  }

  /** Cuts every connection; new ones are welcome. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** From now on nothing passes in either direction, and nothing is closed. */
  fallSilent(): void {
    this.#silent = true;
  }

  speakAgain(): void {
    this.#silent = false;
    this.cut();
  }

  /** Lets the next request with this text through, and cuts the connection when its answer comes. */
  swallowAnswerTo(text: string): void {
    this.#swallowAfter = text;
  }

  #relay(inside: Socket): void {
    const outside = connect(Number(this.#target.port === '' ? 5432 : this.#target.port), this.#target.hostname);
    let swallow = false;
    for (const [from, to] of [
      [inside, outside],
      [outside, inside],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => {}); // cut on purpose
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      from.on('data', (bytes) => {
        if (this.#silent) return;
        if (from === inside && this.#swallowAfter !== undefined && bytes.includes(this.#swallowAfter)) {
          this.#swallowAfter = undefined;
          swallow = true;
        }
        if (from === outside && swallow) from.destroy();
        else to.write(bytes);
      });
    }
  }
}
