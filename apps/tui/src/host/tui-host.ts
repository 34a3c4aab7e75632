/**
 * Holds many terminal clients in one process, each on a PTY of its own, for a gateway that speaks over the IPC channel
 * (see host-channel of the protocol). A fault in one client ends that client; one that belongs to none ends the process.
 *
 *   running ──the gateway is gone──▶ closing ──every client has saved its place, or EXIT_TIMEOUT_MS──▶ exit
 */
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import type { CreateSocket, SocketListener } from '@parley/client';
import type { FromHost, HostedClient, ToHost } from '@parley/protocol';
import type { ScreenInput, ScreenOutput } from '@parley/terminal';
import { openSlave, type SlaveTerminal } from './slave-terminal.ts';

/** A terminal client, as far as its host is concerned. */
export interface HostedProgram {
  resize(cols: number, rows: number): void;
  repaint(): void;
  detach(): void;
  /** Asks it to end; `done` settles when it has. */
  close(): void;
  readonly done: Promise<unknown>;
}

interface HostedProgramOptions {
  readonly client: HostedClient;
  readonly input: ScreenInput;
  readonly output: ScreenOutput;
  readonly size: { readonly cols: number; readonly rows: number };
  readonly createSocket: CreateSocket;
  /** To be told of a fault that ends this client, rather than throwing it. */
  onFault(this: void, error: unknown): void;
}

export type StartProgram = (options: HostedProgramOptions) => HostedProgram;

/** What is around a host: the other end of the channel, and the way to servers. */
export interface HostServices {
  /** Sockets that clients may share. */
  readonly createSocket: CreateSocket;
  send(message: FromHost): void;
  report(error: unknown): void;
}

/** What a client that failed, or whose terminal is gone, gets to save its place. */
const LAST_TIMEOUT_MS = 1000;
/** Signs of life while busy. */
const BEAT_MS = 200;
/** How long its last words may take to get through. */
const LAST_WORDS_MS = 500;
const LAST_WORDS_CHECK_MS = 10;

class Seat {
  readonly id: number;
  /** What its code runs in: one for all of it, since it is entered for each message of each room that is read here. */
  readonly scope: AsyncResource;
  terminal: SlaveTerminal | undefined;
  program: HostedProgram | undefined;
  failed = false;

  constructor(id: number, running: AsyncLocalStorage<Seat>) {
    this.id = id;
    this.scope = running.run(this, () => new AsyncResource('Seat'));
  }
}

export class TuiHost {
  readonly #start: StartProgram;
  readonly #services: HostServices;
  readonly #seats = new Map<number, Seat>();
  /**
   * Whose code is running. Timers, sockets and promises inherit it from where they were made, so that a fault finds its
   * owner without a try around every callback.
   */
  readonly #running = new AsyncLocalStorage<Seat>();
  #saidAliveAt = 0;
  #whenEmpty: (() => void) | undefined;

  constructor(start: StartProgram, services: HostServices) {
    this.#start = start;
    this.#services = services;
  }

  receive(message: ToHost): void {
    switch (message.type) {
      case 'ping':
        return this.#sayAlive();
      case 'open':
        return this.#open(message);
      case 'resize':
        return this.#call(message.id, (program) => program.resize(message.cols, message.rows));
      case 'repaint':
        return this.#call(message.id, (program) => program.repaint());
      case 'detach':
        return this.#call(message.id, (program) => program.detach());
      case 'close':
        return this.#call(message.id, (program) => program.close());
    }
  }

  /** An error that nothing caught: ends the client whose it is. False when it is no client's. */
  fault(error: unknown): boolean {
    const seat = this.#running.getStore();
    if (seat === undefined) return false;
    this.#fail(seat, error);
    return true;
  }

  /** Asks every client to end. Resolves when all have. */
  async close(): Promise<void> {
    for (const id of this.#seats.keys()) this.#call(id, (program) => program.close());
    if (this.#seats.size > 0) await new Promise<void>((resolve) => (this.#whenEmpty = resolve));
  }

  /** To be called with any progress: with hundreds of clients to paint and to answer, a ping may wait for long to be read. */
  beat(): void {
    if (performance.now() - this.#saidAliveAt >= BEAT_MS) this.#sayAlive();
  }

  #sayAlive(): void {
    this.#saidAliveAt = performance.now();
    this.#services.send({ type: 'pong' });
  }

  #open({ id, path, cols, rows, client }: Extract<ToHost, { type: 'open' }>): void {
    const seat = new Seat(id, this.#running);
    this.#seats.set(id, seat);
    // The terminal, too: what its stream brings is the client's to answer for.
    this.#runAs(seat, () => {
      const { input, output } = (seat.terminal = openSlave(path, () => this.beat()));
      this.#services.send({ type: 'opened', id });
      // Hung up: also a client that does not mind has to go.
      input.once('close', () => this.#giveUp(seat));
      const onFault = (error: unknown): void => this.#fail(seat, error);
      const createSocket = this.#socketsOf(seat);
      seat.program = this.#start({ client, input, output, size: { cols, rows }, createSocket, onFault });
      // After the client has handled it, or a piece of it.
      input.on('data', () => this.beat());
      void seat.program.done.then(() => this.#leave(seat));
    });
  }

  #call(id: number, act: (program: HostedProgram) => void): void {
    const seat = this.#seats.get(id);
    if (seat === undefined) return;
    this.#runAs(seat, () => {
      if (seat.program !== undefined) act(seat.program);
    });
  }

  /** Runs a client's code; what it throws ends that client. */
  #runAs(seat: Seat, act: () => void): void {
    seat.scope.runInAsyncScope(() => {
      try {
        act();
      } catch (error) {
        this.#fail(seat, error);
      }
    });
  }

  /** A socket may be shared: it belongs to nobody, and what it tells a client to that client. */
  #socketsOf(seat: Seat): CreateSocket {
    return (url, options, listener) => {
      const bound: SocketListener = {
        opened: () => this.#runAs(seat, () => listener.opened()),
        received: (text) => this.#runAs(seat, () => listener.received(text)),
        alive: () => this.#runAs(seat, () => listener.alive()),
        closed: (code, reason) => this.#runAs(seat, () => listener.closed(code, reason)),
      };
      return this.#running.exit(() => this.#services.createSocket(url, options, bound));
    };
  }

  #fail(seat: Seat, error: unknown): void {
    this.#services.report(error);
    // What else it throws on its way out changes nothing.
    if (seat.failed) return;
    seat.failed = true;
    this.#giveUp(seat);
  }

  /** Ends a client, whether it likes it or not. */
  #giveUp(seat: Seat): void {
    if (!this.#seats.has(seat.id)) return;
    const { program } = seat;
    if (program === undefined) return this.#release(seat);
    setTimeout(() => this.#release(seat), LAST_TIMEOUT_MS);
    try {
      program.close();
    } catch (error) {
      this.#services.report(error);
      this.#release(seat);
    }
  }

  /** The client has ended: what it wrote last is given the time to get through. */
  #leave(seat: Seat): void {
    const until = performance.now() + LAST_WORDS_MS;
    const look = (): void => {
      if (seat.terminal?.output.isDrained !== false || performance.now() >= until) return this.#release(seat);
      setTimeout(look, LAST_WORDS_CHECK_MS);
    };
    look();
  }

  #release(seat: Seat): void {
    if (!this.#seats.delete(seat.id)) return;
    seat.terminal?.close();
    this.#services.send({ type: 'exited', id: seat.id, failed: seat.failed });
    if (this.#seats.size === 0) this.#whenEmpty?.();
  }
}
