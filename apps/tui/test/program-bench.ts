/** The program against a real core, as each file of tests needs it: terminals, guests and rooms that end with their test. */
import {
  failOnLeaks,
  RawClient,
  startTestServer,
  type TestServer,
  TestTerminal,
  type TestTerminalOptions,
} from '@parley/testkit';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type BuiltProgram, buildProgram, runInShell, say } from './start-program.ts';

/** Builds the program and starts a core before the tests of a file, and ends both after them. */
export class ProgramBench {
  #program: BuiltProgram | undefined;
  #core: { readonly server: TestServer; close(): Promise<void> } | undefined;
  #opened: { close(): unknown }[] = [];
  #names = 0;

  constructor() {
    beforeAll(async () => {
      [this.#program, this.#core] = await Promise.all([
        buildProgram(),
        startTestServer({ program: 'core', env: { RATE_LIMITS: 'off' } }),
      ]);
    });
    afterAll(async () => {
      await this.#core?.close();
      this.#program?.remove();
    });
    failOnLeaks();
    afterEach(async () => {
      await Promise.all(this.#opened.map((each) => each.close()));
      this.#opened = [];
    });
  }

  get program(): BuiltProgram {
    if (this.#program === undefined) throw new Error('The program is not built yet.');
    return this.#program;
  }
  get server(): TestServer {
    if (this.#core === undefined) throw new Error('The core is not started yet.');
    return this.#core.server;
  }

  /** A nick or a room's name that no other test has. */
  newName(begin = 'ada'): string {
    return `${begin}${++this.#names}`;
  }

  /** Closes it at the end of the test. */
  use<Closable extends { close(): unknown }>(closable: Closable): Closable {
    this.#opened.push(closable);
    return closable;
  }

  start(args: readonly string[], options?: TestTerminalOptions): TestTerminal {
    return this.use(TestTerminal.spawn(process.execPath, [this.program.path, ...args], options));
  }

  /** The program in a shell, so that what it leaves behind can be seen. */
  startInShell(args: readonly string[], options?: Parameters<typeof runInShell>[2]): TestTerminal {
    return this.use(runInShell(this.program, args, options));
  }

  /** The program, in the room, as a guest. */
  async enter(nick: string, room: string, options?: TestTerminalOptions): Promise<TestTerminal> {
    const terminal = this.start([this.server.url, '--nick', nick, '--room', room], options);
    await terminal.waitFor(`Message #${room}`);
    return terminal;
  }

  async guest(nick: string): Promise<RawClient> {
    const client = await RawClient.enter(this.server.url, nick);
    this.use({ close: async () => client.close() });
    return client;
  }

  /** A room with this many messages in it, `message 1.` to `message <count>.` */
  async roomWith(count: number): Promise<{ room: string; writer: RawClient; nick: string }> {
    const room = this.newName('room');
    const nick = this.newName('writer');
    const writer = await this.guest(nick);
    await writer.request({ type: 'room.create', room });
    await say(writer, room, ...Array.from({ length: count }, (_, index) => `message ${index + 1}.`));
    return { room, writer, nick };
  }
}

/** How many lines of a screen hold the text. */
export const count = (screen: readonly string[], text: string): number =>
  screen.filter((line) => line.includes(text)).length;
