/** A TCP relay in front of Postgres that can refuse, cut, go silent, swallow an answer, or bring a request late. */
import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

export class TornWire {
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;
  #silent = false;
  #swallowAfter: string | undefined;
  #holdFrom: string | undefined;
  #held: { readonly outside: Socket; readonly bytes: Buffer[] } | undefined;
  #hidesPids = false;

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

  /**
   * Keeps the next request with this text, and that connection to Postgres, whatever becomes of the one from here: as the
   * kernel keeps what a closed socket has not sent yet.
   */
  hold(text: string): void {
    this.#holdFrom = text;
  }

  get holds(): boolean {
    return this.#held !== undefined;
  }

  /** Brings what was kept, if Postgres still listens there, and resolves when Postgres is done with it. */
  async deliverHeld(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined || held.outside.destroyed) return;
    // Also where Postgres has reset it, its server process having been ended.
    const closed = new Promise<void>((resolve) => held.outside.once('close', () => resolve()));
    held.outside.end(Buffer.concat(held.bytes));
    await closed;
  }

  /** From now on new connections are told another process id than their server process has, as by a pooler. */
  hidePids(): void {
    this.#hidesPids = true;
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
        if (this.#held?.outside !== to) to.destroy();
      });
      from.on('data', (bytes) => {
        if (this.#silent) return;
        if (from === inside && this.#swallowAfter !== undefined && bytes.includes(this.#swallowAfter)) {
          this.#swallowAfter = undefined;
          swallow = true;
        }
        if (from === inside && this.#holdFrom !== undefined && bytes.includes(this.#holdFrom)) {
          this.#holdFrom = undefined;
          this.#held = { outside, bytes: [] };
          this.#sockets.delete(outside);
        }
        if (from === inside && this.#held?.outside === outside) this.#held.bytes.push(bytes);
        else if (from === outside && swallow) from.destroy();
        else to.write(from === outside && this.#hidesPids ? withoutPid(bytes) : bytes);
      });
    }
  }
}

/** BackendKeyData of the protocol: a K, a length of 12, the process id, a secret. */
const KEY_DATA = Buffer.from([0x4b, 0, 0, 0, 12]);

function withoutPid(bytes: Buffer): Buffer {
  const at = bytes.indexOf(KEY_DATA);
  if (at !== -1) bytes.writeInt32BE(2 ** 30, at + KEY_DATA.length);
  return bytes;
}
