/**
 * A page without a screen: attaches, acknowledges bytes as xterm.js does, and looks for marks in what comes. A mark is one
 * letter that nothing else on the screen holds, since a painter may write any longer text in pieces.
 */
import { type GatewayControl, TERMINAL_ACK_BYTES } from '@parley/protocol';
import { WireSocket } from '../wire/web-socket.ts';

export interface TerminalClientOptions {
  readonly port: number;
  readonly cookie: string;
  /** The tab's id: the same again comes back to the same session. */
  readonly tab: string;
  /** The tab was never here before, as the page knows of its own. */
  readonly fresh: boolean;
  readonly room: string;
  readonly nick: string;
  readonly onClose: (reason: string) => void;
}

const LONGEST_MARK_BYTES = 32;
const CTRL_C = '\x03';

interface Wait {
  readonly left: Set<Buffer>;
  readonly resolve: (at: number) => void;
  readonly timer: NodeJS.Timeout;
}

export class TerminalClient {
  readonly nick: string;
  /** Bytes of the terminal so far. */
  bytes = 0;
  /** When the session's first byte came, on `performance.now`'s clock. */
  firstByteAt: number | undefined;
  readonly openedAt = performance.now();
  /** The answer to attach. */
  resumed: boolean | undefined;
  #socket: WireSocket | undefined;
  #unacknowledged = 0;
  #wait: Wait | undefined;
  /** The end of what came since the wait began: a mark may be cut in two. */
  #tail: Buffer = Buffer.alloc(0);
  #isClosing = false;
  #closed: () => void = () => {};

  private constructor(nick: string) {
    this.nick = nick;
  }

  /** Opens a socket and attaches; resolves when the socket is open. The clock starts before: `openedAt`. */
  static async open(options: TerminalClientOptions): Promise<TerminalClient> {
    const { port, cookie, tab, fresh, room, nick, onClose } = options;
    const client = new TerminalClient(nick);
    client.#socket = await WireSocket.open({
      port,
      path: '/terminal',
      headers: { Origin: `http://127.0.0.1:${port}`, Cookie: cookie },
      onText: (buffer, start, end) => {
        const control = JSON.parse(buffer.toString('utf8', start, end)) as GatewayControl;
        if (control.type === 'attached') client.resumed = control.resumed;
        else if (control.type !== 'alive' && !client.#isClosing) onClose(JSON.stringify(control));
      },
      onBinary: (buffer, start, end) => client.#take(buffer, start, end),
      onClose: (reason) => {
        client.#closed();
        if (!client.#isClosing) onClose(reason);
      },
    });
    client.#socket.sendText(JSON.stringify({ type: 'attach', cols: 120, rows: 40, tab, fresh, room, nick }));
    return client;
  }

  type(text: string): void {
    this.#socket?.sendBinary(Buffer.from(text));
  }

  /** Resolves with the time when every mark has come since the call; rejects when they have not in time. */
  sees(marks: readonly string[], timeoutMs = 10_000): Promise<number> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#wait = undefined;
        reject(new Error(`${this.nick} did not see ${marks.join(' and ')} within ${timeoutMs} ms.`));
      }, timeoutMs);
      this.#tail = Buffer.alloc(0);
      this.#wait = { left: new Set(marks.map((mark) => Buffer.from(mark))), resolve, timer };
    });
  }

  /** Closes as a reload does. */
  leave(): void {
    this.#isClosing = true;
    this.#socket?.reset();
  }

  /** Ends the session; resolves when the gateway has closed the socket. */
  async quit(): Promise<void> {
    this.#isClosing = true;
    const closed = new Promise<void>((resolve) => (this.#closed = resolve));
    // The first one asks.
    this.type(CTRL_C + CTRL_C);
    await closed;
  }

  #take(buffer: Buffer, start: number, end: number): void {
    this.firstByteAt ??= performance.now();
    this.bytes += end - start;
    this.#unacknowledged += end - start;
    if (this.#unacknowledged >= TERMINAL_ACK_BYTES) {
      this.#socket?.sendText(JSON.stringify({ type: 'ack', bytes: this.#unacknowledged }));
      this.#unacknowledged = 0;
    }
    if (this.#wait !== undefined) this.#look(this.#wait, Buffer.concat([this.#tail, buffer.subarray(start, end)]));
  }

  #look(wait: Wait, seen: Buffer): void {
    for (const mark of wait.left) if (seen.includes(mark)) wait.left.delete(mark);
    if (wait.left.size > 0) {
      this.#tail = seen.subarray(-LONGEST_MARK_BYTES);
      return;
    }
    clearTimeout(wait.timer);
    this.#wait = undefined;
    wait.resolve(performance.now());
  }
}
