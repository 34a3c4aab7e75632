/** An IRC client for load: registers, joins, answers PING; after `handOver` its bytes are the bench's. */
import type { Socket } from 'node:net';
import { openRawSocket } from './raw-socket.ts';

/** Bytes are valid during the call only. */
export type TakeBytes = (buffer: Buffer, length: number) => void;

export class IrcConnection {
  readonly nick: string;
  readonly #onClose: (reason: string) => void;
  #socket: Socket | undefined;
  #take: TakeBytes;
  #text = '';
  #waiting: { mark: RegExp; resolve: () => void; reject: (error: Error) => void } | undefined;

  private constructor(nick: string, onClose: (reason: string) => void) {
    this.nick = nick;
    this.#onClose = onClose;
    this.#take = (buffer, length) => this.#takeLines(buffer.toString('latin1', 0, length));
  }

  static async open(port: number, nick: string, onClose: (reason: string) => void = () => {}): Promise<IrcConnection> {
    const client = new IrcConnection(nick, onClose);
    client.#socket = await openRawSocket({
      port,
      onBytes: (buffer, length) => client.#take(buffer, length),
      onClose: (reason) => client.#close(reason),
    });
    // The message of the day's end, or its absence, ends the welcome.
    await client.#ask(`NICK ${nick}\r\nUSER ${nick} 0 * :load\r\n`, / (376|422) /);
    return client;
  }

  join(channel: string): Promise<void> {
    return this.#ask(`JOIN ${channel}\r\n`, / 366 /);
  }

  send(bytes: string | Buffer): void {
    this.#socket?.write(bytes);
  }

  /** From here on every byte goes to `take`, PINGs included. */
  handOver(take: TakeBytes): void {
    this.#take = take;
  }

  reset(): void {
    this.#socket?.resetAndDestroy();
  }

  #ask(line: string, mark: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting = { mark, resolve, reject };
      this.#socket?.write(line);
    });
  }

  #takeLines(text: string): void {
    const lines = (this.#text + text).split('\r\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('PING ')) this.#socket?.write(`PONG ${line.slice(5)}\r\n`);
      if (line.startsWith('ERROR ')) this.#waiting?.reject(new Error(line));
      if (this.#waiting === undefined || !this.#waiting.mark.test(line)) continue;
      this.#waiting.resolve();
      this.#waiting = undefined;
    }
  }

  #close(reason: string): void {
    this.#waiting?.reject(new Error(`The connection ended: ${reason}`));
    this.#onClose(reason);
  }
}
