/** A host of terminal clients as the gateway runs it: one process, spoken to over IPC, each client on a PTY of its own. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { decodeFromHost, type FromHost, type HostedClient, type ToHost } from '@parley/protocol';
import { pollFor, TestTerminal } from '@parley/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { message, room } from '../../../packages/client/test/chat-fixtures.ts';
import { ScriptedServer, type ServerSide } from '../../../packages/client/test/scripted-server.ts';
import { ProgramBench } from './program-bench.ts';
import { type BuiltProgram, buildHost } from './start-program.ts';

const bench = new ProgramBench();
let program: BuiltProgram;
beforeAll(async () => {
  program = await buildHost();
});
afterAll(() => program.remove());

const NOBODY = {
  room: undefined,
  nick: undefined,
  sessionKey: undefined,
  fresh: false,
  ticket: undefined,
  timezone: undefined,
  theme: undefined,
};

class Host {
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly said: FromHost[] = [];
  /** What it reported of faults. */
  reports = '';

  private constructor(path: string) {
    this.#process = fork(path, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.#exited = once(this.#process, 'exit');
    this.#process.on('message', (value) => {
      const said = decodeFromHost(value);
      if (said === undefined) throw new Error(`The host said ${JSON.stringify(value)}.`);
      this.said.push(said);
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => (this.reports += text));
  }

  static async start(): Promise<Host> {
    const host = new Host(program.path);
    await pollFor(() => host.said, [{ type: 'ready' }]);
    return host;
  }

  /** Opens a client on a new terminal, whose own program only keeps it open. */
  async open(id: number, client: Partial<HostedClient> & { server: string }): Promise<TestTerminal> {
    const terminal = bench.use(TestTerminal.spawn('/bin/sh', ['-c', 'tty; exec sleep 600']));
    const screen = await terminal.waitFor(/\/dev\/\S+/u);
    const path = screen.join('').trim();
    this.tell({ type: 'open', id, path, cols: 80, rows: 24, client: { ...NOBODY, ...client } });
    return terminal;
  }

  tell(order: ToHost): void {
    this.#process.send(order);
  }

  async answersPings(): Promise<boolean> {
    const before = this.pongs;
    this.tell({ type: 'ping' });
    return pollFor(() => this.pongs > before, true);
  }

  /** Clients that have ended. */
  get exits(): FromHost[] {
    return this.said.filter(({ type }) => type === 'exited');
  }

  async close(): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    await this.#exited;
  }

  get pongs(): number {
    return this.said.filter(({ type }) => type === 'pong').length;
  }
}

/** Servers that say what no client can make sense of. */
const FAULTS: readonly (readonly [string, (server: ServerSide) => Promise<void>, RegExp])[] = [
  [
    'handling what its server says',
    async (server) => {
      await server.next('hello');
      server.send({ type: 'welcome', version: 1, you: { id: '7', nick: 'ada', guest: true }, rooms: null, limits: {} });
    },
    /TypeError/u,
  ],
  [
    'painting',
    async (server) => {
      await server.welcome();
      await server.joined([1]);
      server.send({ ...message(2, { room: 'lobby' }), from: { id: '8', nick: 'bob' }, text: null });
    },
    /TypeError/u,
  ],
];

describe('whoever comes where others of the host are', () => {
  it('sees the room before the server has said a word, and says what it wrote meanwhile', async () => {
    const server = await ScriptedServer.start();
    const host = await Host.start();
    const address = server.url.replace(/^ws(.*)\/ws$/u, 'http$1');
    try {
      const first = await host.open(1, { server: address, nick: 'ada', room: 'dev' });
      const ada = await server.accept();
      await ada.welcome();
      await ada.joined([1, 2], { topic: 'what we do' });
      await first.waitFor('message 2');
      const second = await host.open(2, { server: address, nick: 'eve', room: 'dev' });
      const screen = await second.waitFor('message 2');
      expect(screen.join('\n')).toContain('what we do');
      second.type('hello from eve\r');
      await second.waitFor('hello from eve');
      const eve = await server.accept();
      await eve.welcome([room('lobby')], { you: { id: '9', nick: 'eve', guest: true } });
      await eve.joined([1, 2, 3], { topic: 'what we do' });
      await second.waitFor('message 3');
      expect(await eve.next('message.send')).toMatchObject({ room: 'dev', text: 'hello from eve' });
    } finally {
      await host.close();
      await server.stop();
    }
  });
});

it('gives signs of life while it has input to handle, also where nothing is to be painted', async () => {
  const host = await Host.start();
  try {
    const terminal = await host.open(1, { server: bench.server.url });
    await terminal.waitFor('Nick');
    const before = host.pongs;
    await pollFor(() => {
      // What a terminal is answers something else than a key.
      terminal.type('\x1b[?62c');
      return host.pongs > before;
    }, true);
  } finally {
    await host.close();
  }
});

describe('a fault in one of many clients', () => {
  it.each(FAULTS)('while %s ends that client alone', async (_where, provoke, report) => {
    const faulty = await ScriptedServer.start();
    const host = await Host.start();
    try {
      const nick = bench.newName();
      const [victim, neighbour] = [
        await host.open(1, { server: faulty.url.replace(/^ws(.*)\/ws$/u, 'http$1'), nick: 'ada' }),
        await host.open(2, { server: bench.server.url, nick }),
      ];
      await neighbour.waitFor('Message #lobby');
      await victim.waitFor(() => victim.isAlternateScreen);
      await provoke(await faulty.accept());

      await pollFor(() => host.exits, [{ type: 'exited', id: 1, failed: true }]);
      expect(
        await pollFor(
          () => host.reports,
          (text) => report.test(text),
        ),
      ).not.toContain('Unhandled');
      // Its terminal is given back, and shows nothing of the program's inside.
      await victim.waitFor(() => !victim.isAlternateScreen);
      expect(victim.screen().join('\n')).not.toMatch(/TypeError|at .*\.cjs/u);

      expect(await host.answersPings()).toBe(true);
      const listener = await bench.guest(bench.newName());
      await listener.request({ type: 'room.join', room: 'lobby' });
      neighbour.type('still here\r');
      expect(await listener.next({ type: 'message', text: 'still here' })).toMatchObject({ from: { nick } });
      await neighbour.waitFor('still here');
      host.tell({ type: 'close', id: 2 });
      const exits = [1, 2].map((id): FromHost => ({ type: 'exited', id, failed: id === 1 }));
      await pollFor(() => host.exits, exits);
    } finally {
      await host.close();
      await faulty.stop();
    }
  });
});
