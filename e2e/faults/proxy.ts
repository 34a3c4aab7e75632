/**
 * A TCP proxy in front of cores: hands connections round, passes over cores that are gone, and may tear a connection at a
 * byte of its fate. Knows nothing of what the bytes say.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What becomes of a connection once so many more bytes have passed, both directions counted. */
export type Fate =
  | { readonly kind: 'whole'; readonly afterBytes: number }
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** Nothing passes for a while; then it is cut, or goes on to another fate. */
  | { readonly kind: 'stall'; readonly afterBytes: number; readonly forMs: number; readonly thenCut: boolean };

/** In no request of anyone's. */
const NOTHING = '\u0000nothing\u0000';

export interface ProxyOptions {
  readonly ports: () => readonly number[];
  readonly fate?: () => Fate;
}

export class Proxy {
  readonly #options: ProxyOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #turn = 0;
  #swallowed: { readonly request: string; readonly done: () => void } | undefined;
  cuts = 0;
  stalls = 0;
  /** Connections to each port. */
  readonly taken = new Map<number, number>();

  private constructor(options: ProxyOptions) {
    this.#options = options;
    this.#server = createServer((socket) => void this.#accept(socket));
  }

  static async start(options: ProxyOptions): Promise<Proxy> {
    const proxy = new Proxy(options);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /**
   * Cuts each connection on which a request with this text passes, where the answer would, until that has happened once.
   * An empty text is any request.
   */
  async swallowAnswerTo(request: string): Promise<void> {
    await new Promise<void>((done) => (this.#swallowed = { request, done }));
    this.#swallowed = undefined;
  }

  /** Ends every connection of now. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cutAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #accept(outer: Socket): Promise<void> {
    this.#keep(outer);
    outer.pause();
    const ports = this.#options.ports();
    for (let tries = 0; tries < ports.length; tries += 1) {
      const port = ports[(this.#turn += 1) % ports.length] ?? 0;
      const inner = connect({ port, host: '127.0.0.1', noDelay: true });
      this.#keep(inner);
      try {
        await once(inner, 'connect');
      } catch {
        continue; // This core is gone: the next one.
      }
      this.taken.set(port, (this.taken.get(port) ?? 0) + 1);
      this.#join(outer, inner);
      return;
    }
    outer.destroy();
  }

  #drawFate(): Fate {
    return this.#options.fate?.() ?? { kind: 'whole', afterBytes: Infinity };
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {}); // torn on purpose, or by a core that was killed
    socket.on('close', () => this.#sockets.delete(socket));
  }

  #join(outer: Socket, inner: Socket): void {
    let fate = this.#drawFate();
    let left = fate.afterBytes;
    let isTorn = false;
    let isAsked = false;
    const both = [outer, inner];
    const cut = (): void => {
      this.cuts += 1;
      for (const socket of both) socket.destroy();
    };
    const goOn = (): void => {
      isTorn = false;
      fate = this.#drawFate();
      left = fate.afterBytes;
      for (const socket of both) socket.resume();
    };
    const tear = (to: Socket, before: Buffer, after: Buffer): void => {
      isTorn = true;
      for (const socket of both) socket.pause();
      if (fate.kind !== 'stall') {
        to.write(before, cut);
        return;
      }
      this.stalls += 1;
      to.write(before);
      const { forMs, thenCut } = fate;
      setTimeout(() => {
        if (thenCut) return cut();
        to.write(after);
        goOn();
      }, forMs).unref();
    };
    for (const [from, to] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      to.on('drain', () => isTorn || from.resume());
      from.on('end', () => to.end());
      from.on('close', (hadError) => (hadError ? to.destroy() : to.end()));
      from.on('data', (bytes) => {
        if (from === outer) isAsked ||= bytes.includes(this.#swallowed?.request ?? NOTHING);
        else if (isAsked) {
          this.#swallowed?.done();
          cut();
          return;
        }
        if (bytes.length < left) {
          left -= bytes.length;
          if (!to.write(bytes)) from.pause();
          return;
        }
        // What is let through arrives: a frame is torn in its middle.
        tear(to, bytes.subarray(0, left), bytes.subarray(left));
      });
    }
    outer.resume();
  }
}
