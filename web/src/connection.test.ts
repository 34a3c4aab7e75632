import type { GatewayControl } from '@parley/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Connection, type ConnectionState, type Socket } from './connection.ts';

/** A socket that the test is the other end of. */
class TornSocket implements Socket {
  binaryType = 'blob';
  closed = false;
  readonly sent: (string | Uint8Array)[] = [];
  readonly #listeners = new Map<string, (event: never) => void>();

  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.sent.push(data);
  }
  close(): void {
    this.closed = true;
  }
  addEventListener(type: string, listener: (event: never) => void): void {
    this.#listeners.set(type, listener);
  }

  emit(type: string, event: unknown = {}): void {
    this.#listeners.get(type)?.(event as never);
  }
  control(message: GatewayControl): void {
    this.emit('message', { data: JSON.stringify(message) });
  }
  bytes(count: number): void {
    this.emit('message', { data: new ArrayBuffer(count) });
  }
  get controls(): unknown[] {
    return this.sent.filter((data) => typeof data === 'string').map((data) => JSON.parse(data) as unknown);
  }
}

const sockets: TornSocket[] = [];
const states: ConnectionState[] = [];
const notices: string[] = [];
const attached: boolean[] = [];
const held: [text: string, isFull: boolean][] = [];
let parsed: (() => void)[] = [];
/** What the program tells of where its person is. */
let place: string | undefined;
let connection: Connection;
const NOT_ALL = 'Not all that you typed without a connection could be kept.';

const last = (): TornSocket => {
  const socket = sockets.at(-1);
  if (socket === undefined) throw new Error('no socket was made');
  return socket;
};

beforeEach(() => {
  vi.useFakeTimers();
  for (const list of [sockets, states, notices, attached, held]) list.length = 0;
  parsed = [];
  place = '#lobby · Parley';
  connection = new Connection({
    createSocket: () => {
      const socket = new TornSocket();
      sockets.push(socket);
      return socket;
    },
    attach: () => ({ type: 'attach', cols: 80, rows: 24, tab: 'a-tab-id' }),
    onState: (state) => states.push(state),
    onBytes: (_bytes, done) => parsed.push(done),
    onAttached: (resumed) => attached.push(resumed),
    place: () => place,
    onHeld: (text, isFull) => held.push([text, isFull]),
    onNotice: (message) => notices.push(message),
    random: () => 0.5,
  });
  connection.retry();
});
afterEach(() => void vi.useRealTimers());

function attach(): void {
  last().emit('open');
  last().control({ type: 'attached', resumed: false });
}

function lose(code = 1006): void {
  last().emit('close', { code });
}

function waitForRetry(): void {
  const { state } = connection;
  if (state.name === 'waiting') vi.advanceTimersByTime(state.retryAt - Date.now());
  expect(connection.state.name).toBe('connecting');
}

it('sends attach first, and input only once attached', () => {
  connection.send(new Uint8Array([1]));
  last().emit('open');
  expect(last().controls).toEqual([{ type: 'attach', cols: 80, rows: 24, tab: 'a-tab-id' }]);
  connection.send(new Uint8Array([2]));
  last().control({ type: 'attached', resumed: true });
  connection.send(new Uint8Array([3]));
  expect(last().sent.slice(1)).toEqual([new Uint8Array([3])]);
  expect(attached).toEqual([true]);
});

describe('what is typed after the connection was lost', () => {
  const type = (text: string): void => connection.send(new TextEncoder().encode(text));
  const typed = (): string[] =>
    last()
      .sent.filter((data) => typeof data !== 'string')
      .map((data) => new TextDecoder().decode(data));
  const comeBack = (resumed: boolean): void => {
    waitForRetry();
    last().emit('open');
    last().control({ type: 'attached', resumed });
  };

  it('waits for the same session, in order, and is sent once', () => {
    attach();
    lose();
    for (const text of ['not ', 'at', '\x7f', '\x1b[D', '\r', '\x1b[200~a\nb\x1b[201~', 'ü🎉']) type(text);
    comeBack(true);
    expect(typed()).toEqual(['not ', 'at', '\x7f', '\x1b[D', '\r', '\x1b[200~a\nb\x1b[201~', 'ü🎉']);
    lose();
    comeBack(true);
    expect(typed()).toEqual([]);
  });

  it('is not what a terminal says by itself, nor a key that does something, nor more than a little', () => {
    attach();
    lose();
    for (const text of ['\x1b[I', '\x1b[?62;4c', '\x1b]11;rgb:0/0/0\x07', '\x1b[<0;3;4M', '\x03', '\x1b', '\x1b[6~'])
      type(text);
    comeBack(true);
    expect([typed(), notices]).toEqual([[], []]);
    lose();
    type('x'.repeat(1_000_000));
    comeBack(true);
    expect([typed(), notices]).toEqual([[], [NOT_ALL]]);
  });

  it('is told as it comes, with Backspace, and that there is no room for more', () => {
    attach();
    lose();
    for (const text of ['he', 'y', '\x7f', 'llo', '\x1b[D', '\r']) type(text);
    expect(held.at(-1)).toEqual(['hello\n', false]);
    type('x'.repeat(4090));
    type('after that it has no sense');
    expect(held.at(-1)).toEqual(['hello\n', true]);
    comeBack(true);
    expect(held.at(-1)).toEqual(['', false]);
    expect(notices).toEqual([NOT_ALL]);
  });

  describe('while its session is gone', () => {
    const LOST = ['What you typed without a connection is lost.'];
    const shows = (where: string | undefined): void => {
      place = where;
      connection.prompted();
    };
    /** Typed in the gap and after it, when there is a program and nothing of it is seen yet. */
    const loseSession = (): void => {
      attach();
      lose();
      for (const text of ['one', '\r', '\x1b[200~two\rlines\x1b[201~', '!?', '\x7f']) type(text);
      place = undefined;
      comeBack(false);
      type(' more');
      type('\r');
    };

    it('waits for a program that shows the same place, and is text there: no key, and nothing that sends it', () => {
      loseSession();
      expect(typed()).toEqual([]);
      shows('#lobby · Parley');
      expect(typed()).toEqual(['\x1b[200~one\rtwo\rlines! more\x1b[201~']);
      expect(held.at(-1)).toEqual(['', false]);
      // From then on all is the program's.
      type('\r');
      shows('#lobby · Parley');
      vi.advanceTimersByTime(60_000);
      expect(typed().slice(1)).toEqual(['\r']);
      expect(notices).toEqual([]);
    });

    it('waits on through another loss, for the place and not for whatever program is there by then', () => {
      loseSession();
      lose();
      type(' and more');
      comeBack(true);
      expect(typed()).toEqual([]);
      shows('#lobby · Parley');
      expect(typed()).toEqual(['\x1b[200~one\rtwo\rlines! more\r and more\x1b[201~']);
    });

    it('keeps nothing from the program but what is typed', () => {
      loseSession();
      for (const text of ['\x1b[I', '\x1b', '\x0c']) type(text);
      expect(typed()).toEqual(['\x1b[I', '\x1b', '\x0c']);
    });

    it('is lost where the program has a form to fill in, and says so', () => {
      loseSession();
      shows('');
      expect([typed(), notices]).toEqual([[], LOST]);
      type('ada');
      expect(typed()).toEqual(['ada']);
    });

    it('is lost at another place, once that is no stop on the way', () => {
      loseSession();
      shows('direct · Parley');
      vi.advanceTimersByTime(900);
      shows('direct · Parley');
      expect(notices).toEqual([]);
      vi.advanceTimersByTime(100);
      expect([typed(), notices]).toEqual([[], LOST]);

      notices.length = 0;
      place = '@bob · Parley';
      loseSession();
      shows('direct · Parley');
      shows('@bob · Parley');
      expect([typed().length, notices]).toEqual([1, []]);
    });

    it('is lost where it was for no place, such as a form or a popup', () => {
      place = '';
      loseSession();
      shows('');
      expect([typed(), notices]).toEqual([[], LOST]);
    });

    it('is lost with a program that does not say where it is', () => {
      loseSession();
      vi.advanceTimersByTime(10_000);
      expect([typed(), notices]).toEqual([[], LOST]);
    });

    it('is no loss where there was nothing but keys', () => {
      attach();
      lose();
      for (const text of ['\r', '\x1b[A']) type(text);
      comeBack(false);
      shows('');
      expect([typed(), notices]).toEqual([[], []]);
    });
  });

  it('is for nobody where the session went on in another window', () => {
    attach();
    lose();
    type('hello');
    waitForRetry();
    last().control({ type: 'error', code: 'replaced', message: 'Elsewhere.' });
    connection.retry();
    last().emit('open');
    last().control({ type: 'attached', resumed: true });
    expect(typed()).toEqual([]);
  });
});

it('tells the size that the terminal has got while it was connecting, once attached, and no size twice', () => {
  last().emit('open');
  connection.resize(60, 20);
  connection.resize(50, 18);
  expect(last().controls).toHaveLength(1);
  last().control({ type: 'attached', resumed: false });
  expect(last().controls.slice(1)).toEqual([{ type: 'resize', cols: 50, rows: 18 }]);
  connection.resize(50, 18);
  connection.resize(80, 24);
  expect(last().controls.slice(2)).toEqual([{ type: 'resize', cols: 80, rows: 24 }]);
  // The next attach tells its own.
  connection.retry();
  attach();
  expect(last().controls).toHaveLength(1);
});

it('ignores text frames that are no control of the gateway', () => {
  attach();
  for (const data of ['', '{', 'null', '{"type":"later"}']) last().emit('message', { data });
  last().control({ type: 'error', code: 'restarted', message: 'Started anew.' });
  expect([connection.state.name, notices]).toEqual(['attached', ['Started anew.']]);
});

it('splits what is too long for a frame', () => {
  attach();
  connection.send(new Uint8Array(100_000));
  expect(
    last()
      .sent.slice(1)
      .map((frame) => frame.length),
  ).toEqual([32_768, 32_768, 32_768, 1696]);
});

it('acknowledges what has been parsed, at 32 KiB', () => {
  attach();
  for (let frame = 0; frame < 5; frame += 1) last().bytes(10_000);
  expect(last().controls).toHaveLength(1);
  for (const done of parsed) done();
  expect(last().controls.slice(1)).toEqual([{ type: 'ack', bytes: 40_000 }]);
});

it('does not acknowledge to a new socket what an old one brought', () => {
  attach();
  last().bytes(50_000);
  connection.retry();
  attach();
  for (const done of parsed) done();
  expect(last().controls).toHaveLength(1);
});

it('comes back later each time, and never later than 15 s', () => {
  const delays: number[] = [];
  for (let round = 0; round < 8; round += 1) {
    lose();
    const { state } = connection;
    if (state.name !== 'waiting') throw new Error(`it is ${state.name}`);
    delays.push(state.retryAt - Date.now());
    waitForRetry();
  }
  expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
});

it('starts anew with short delays after a connection that stood', () => {
  for (let round = 0; round < 5; round += 1) {
    lose();
    waitForRetry();
  }
  attach();
  vi.advanceTimersByTime(5000);
  lose(4503);
  expect(connection.state).toMatchObject({ name: 'waiting', retryAt: Date.now() + 500 });
});

it('is not fooled by a server that accepts and hangs up at once', () => {
  for (let round = 0; round < 4; round += 1) {
    attach();
    lose();
    waitForRetry();
  }
  attach();
  lose();
  expect(connection.state).toMatchObject({ name: 'waiting', retryAt: Date.now() + 8000 });
});

it('retries at once when asked while waiting, and leaves a standing connection alone', () => {
  lose();
  connection.retryIfWaiting();
  expect(connection.state.name).toBe('connecting');
  attach();
  connection.retryIfWaiting();
  expect(sockets).toHaveLength(2);
  expect(connection.state.name).toBe('attached');
});

it('lets a socket go when the network does, and says so', () => {
  attach();
  connection.networkLost();
  expect(sockets[0]?.closed).toBe(true);
  expect(connection.state).toMatchObject({ name: 'waiting', reason: 'There is no network.' });
  connection.networkLost();
  expect(connection.state.name).toBe('waiting');
  // So it does of the tries that fail meanwhile, and not of what is lost once it is back.
  waitForRetry();
  lose();
  expect(connection.state).toMatchObject({ name: 'waiting', reason: 'There is no network.' });
  connection.networkBack();
  expect(connection.state.name).toBe('connecting');
  attach();
  lose();
  expect(connection.state).toMatchObject({ name: 'waiting', reason: undefined });
});

it('gives up a socket that has brought nothing for fifty seconds, not even that the gateway is alive', () => {
  attach();
  const pass = (ms: number): void => {
    vi.advanceTimersByTime(ms);
    connection.loseIfSilent();
  };
  for (let round = 0; round < 5; round += 1) {
    pass(45_000);
    if (round % 2 === 0) last().control({ type: 'alive' });
    else last().bytes(1);
  }
  pass(49_000);
  expect(connection.state.name).toBe('attached');
  pass(1000);
  expect(connection.state).toMatchObject({ name: 'waiting', reason: undefined });
  expect(sockets[0]?.closed).toBe(true);
  // The silence of the one before is not counted to the next.
  waitForRetry();
  pass(1000);
  attach();
  pass(49_000);
  expect(connection.state.name).toBe('attached');
});

it('gives up a socket that brings no answer', () => {
  last().emit('open');
  vi.advanceTimersByTime(10_000);
  expect(last().closed).toBe(true);
  expect(connection.state.name).toBe('waiting');
});

it('waits with the words of a full house, and not for a short time', () => {
  last().emit('open');
  last().control({ type: 'error', code: 'full', message: 'Parley is full: 500 of 500.' });
  lose(4429);
  expect(connection.state).toEqual({
    name: 'waiting',
    retryAt: Date.now() + 10_000,
    reason: 'Parley is full: 500 of 500.',
  });
});

it('does not fight with the window that took over', () => {
  attach();
  last().control({ type: 'error', code: 'replaced', message: 'elsewhere' });
  lose(1000);
  vi.advanceTimersByTime(60_000);
  expect(connection.state.name).toBe('replaced');
  expect(sockets).toHaveLength(1);
});

it('has ended when the program has, and comes back when asked', () => {
  attach();
  last().control({ type: 'exit' });
  lose(1000);
  expect(connection.state).toEqual({ name: 'ended', reason: undefined });
  connection.retry();
  attach();
  expect(connection.state.name).toBe('attached');
});

it('tells of an idle session twice: as a warning, and as its end', () => {
  attach();
  last().control({ type: 'error', code: 'idle', message: 'It ends soon.' });
  expect(connection.state.name).toBe('attached');
  last().control({ type: 'error', code: 'idle', message: 'It has ended.' });
  lose(1000);
  expect(notices).toEqual(['It ends soon.', 'It has ended.']);
  expect(connection.state).toEqual({ name: 'ended', reason: 'It has ended.' });
});

it('reconnects when the connection is lost after a warning only', () => {
  attach();
  last().control({ type: 'error', code: 'idle', message: 'It ends soon.' });
  lose(1006);
  expect(connection.state.name).toBe('waiting');
});

it('ends with the words that came right before, and with none that came long ago', () => {
  attach();
  last().control({ type: 'error', code: 'unavailable', message: 'It failed.' });
  last().control({ type: 'exit' });
  expect(connection.state).toEqual({ name: 'ended', reason: 'It failed.' });
  for (const code of ['idle', 'restarted'] as const) {
    connection.retry();
    attach();
    last().control({ type: 'error', code, message: 'An hour ago.' });
    last().bytes(10);
    last().control({ type: 'exit' });
    expect(connection.state).toEqual({ name: 'ended', reason: undefined });
  }
});

it('takes a close for the end of an idle session only when it is told so right before', () => {
  attach();
  last().control({ type: 'error', code: 'idle', message: 'It ends soon.' });
  last().bytes(10);
  lose(1000);
  expect(connection.state.name).toBe('waiting');
});

it('stops, in words, when the server refuses its frames', () => {
  attach();
  lose(4400);
  vi.advanceTimersByTime(60_000);
  expect(connection.state).toMatchObject({ name: 'ended', reason: expect.stringContaining('Load it again') as string });
  expect(sockets).toHaveLength(1);
});

it('hears nothing of a socket that it has let go', () => {
  const old = last();
  connection.retry();
  old.emit('close', { code: 1006 });
  old.control({ type: 'exit' });
  expect(connection.state.name).toBe('connecting');
});
