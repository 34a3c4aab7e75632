/** The cheapest WebSocket client that is still one: upgrade, frames in and out, pongs. */
import type { Socket } from 'node:net';
import { clientFrame } from './client-frame.ts';
import { FrameReader, OPCODE } from './frame-reader.ts';
import { openRawSocket } from './raw-socket.ts';

/** A text or binary payload as a range of a buffer that is only valid during the call. */
export type TakePayload = (buffer: Buffer, start: number, end: number) => void;

export interface WebSocketOptions {
  readonly port: number;
  readonly path: string;
  readonly onText: TakePayload;
  readonly onBinary?: TakePayload;
  readonly onClose?: (reason: string) => void;
  readonly headers?: Readonly<Record<string, string>>;
}

type State = 'upgrading' | 'open' | 'closed';

export class WireSocket {
  onText: TakePayload;
  readonly #options: WebSocketOptions;
  readonly #frames: FrameReader;
  #socket: Socket | undefined;
  #state: State = 'upgrading';
  #head = '';
  #opened: { resolve: () => void; reject: (error: Error) => void } | undefined;
  #closeReason: string | undefined;

  private constructor(options: WebSocketOptions) {
    this.onText = options.onText;
    this.#options = options;
    this.#frames = new FrameReader((opcode, buffer, start, end) => this.#takeFrame(opcode, buffer, start, end));
  }

  static async open(options: WebSocketOptions): Promise<WireSocket> {
    const client = new WireSocket(options);
    const opened = new Promise<void>((resolve, reject) => (client.#opened = { resolve, reject }));
    // Where not even the connection is made, that is the error told.
    opened.catch(() => {});
    client.#socket = await openRawSocket({
      port: options.port,
      onBytes: (buffer, length) => client.#takeBytes(buffer, length),
      onClose: (reason) => client.#close(reason),
    });
    client.#socket.write(
      [
        `GET ${options.path} HTTP/1.1`,
        `Host: 127.0.0.1:${options.port}`,
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: cGFybGV5IGJlbmNobWFyaw==',
        ...Object.entries(options.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
        '\r\n',
      ].join('\r\n'),
    );
    await opened;
    return client;
  }

  sendText(text: string): void {
    this.#socket?.write(clientFrame(text));
  }

  sendBinary(bytes: Buffer): void {
    this.#socket?.write(clientFrame(bytes, OPCODE.binary));
  }

  /** Frames that are masked already. */
  sendFrames(frames: Buffer): void {
    this.#socket?.write(frames);
  }

  /** Ends the connection as a cut cable does, and leaves no port in TIME_WAIT. */
  reset(): void {
    this.#state = 'closed';
    this.#socket?.resetAndDestroy();
  }

  #takeBytes(buffer: Buffer, length: number): void {
    if (this.#state !== 'upgrading') {
      this.#frames.push(buffer, length);
      return;
    }
    // Latin-1 keeps one character a byte: what follows the head may be frames.
    this.#head += buffer.toString('latin1', 0, length);
    const end = this.#head.indexOf('\r\n\r\n');
    if (end < 0) return;
    if (!this.#head.startsWith('HTTP/1.1 101 ')) {
      this.#opened?.reject(new Error(`The upgrade was refused: ${this.#head.slice(0, this.#head.indexOf('\r\n'))}`));
      this.reset();
      return;
    }
    const rest = Buffer.from(this.#head.slice(end + 4), 'latin1');
    this.#head = '';
    this.#state = 'open';
    this.#opened?.resolve();
    if (rest.length > 0) this.#frames.push(rest);
  }

  #takeFrame(opcode: number, buffer: Buffer, start: number, end: number): void {
    switch (opcode) {
      case OPCODE.text:
        this.onText(buffer, start, end);
        return;
      case OPCODE.binary:
        this.#options.onBinary?.(buffer, start, end);
        return;
      case OPCODE.ping:
        this.#socket?.write(clientFrame(Buffer.from(buffer.subarray(start, end)), 0x0a));
        return;
      case OPCODE.close:
        this.#closeReason = `${buffer.readUInt16BE(start)} ${buffer.toString('utf8', start + 2, end)}`;
        // As browsers do: a server that goes away waits for it.
        this.#socket?.write(clientFrame(Buffer.from(buffer.subarray(start, end)), OPCODE.close));
        return;
      default:
        throw new Error(`A frame with opcode ${opcode} was not expected.`);
    }
  }

  #close(reason: string): void {
    this.#opened?.reject(new Error(`The connection ended before it was open: ${reason}`));
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#options.onClose?.(this.#closeReason ?? reason);
  }
}
