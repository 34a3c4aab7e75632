/** A client and a scripted server in one test, with a clock that stands still. */
import { FakeClock, pollFor } from '@parley/testkit';
import { afterEach, beforeEach } from 'vitest';
import { ChatClient, type ChatClientOptions, type ConnectionState, type Gap } from '../src/index.ts';
import { room } from './chat-fixtures.ts';
import { ScriptedServer, type ServerSide } from './scripted-server.ts';

export class Session {
  readonly server: ScriptedServer;
  client: ChatClient;
  clock = new FakeClock();
  /** The seq of every event that came out of the client. */
  seen: number[] = [];
  gaps: Gap[] = [];

  private constructor(server: ScriptedServer) {
    this.server = server;
    this.client = this.makeClient();
  }

  static async start(): Promise<Session> {
    return new Session(await ScriptedServer.start());
  }

  /** Another client in the place of the first one. */
  makeClient(options: Partial<ChatClientOptions> = {}): ChatClient {
    [this.clock, this.seen, this.gaps] = [new FakeClock(), [], []];
    const { clock, seen, gaps } = this;
    const client = new ChatClient({
      url: this.server.url,
      credentials: { nick: 'ada' },
      clock,
      random: () => 0,
      ...options,
    });
    client.on('events', (events) => seen.push(...events.map(({ seq }) => seq)));
    client.on('gap', (gap) => gaps.push(gap));
    this.client = client;
    return client;
  }

  inState(name: ConnectionState['name']): Promise<ConnectionState> {
    return pollFor(
      () => this.client.state,
      (state) => state.name === name,
      { intervalMs: 1, what: name },
    );
  }

  /** Online, with dev joined up to seq 2. */
  async enterDev(): Promise<ServerSide> {
    this.client.connect();
    const side = await this.server.accept();
    await side.welcome();
    await this.inState('online');
    const joined = this.client.join('dev');
    await side.joined([1, 2]);
    await joined;
    return side;
  }

  /** After a loss: waits out the backoff, and answers with the new connection. */
  async reconnect(): Promise<ServerSide> {
    await this.inState('waiting');
    this.clock.advance(20_000);
    return this.server.accept();
  }

  async close(): Promise<void> {
    this.client.close();
    await this.server.stop();
  }
}

/** A session for each test of a file. */
export function useSession(): () => Session {
  let session: Session | undefined;
  beforeEach(async () => {
    session = await Session.start();
  });
  afterEach(() => session?.close());
  return () => {
    if (session === undefined) throw new Error('There is a session within a test only');
    return session;
  };
}

/** The rooms of a welcome, with dev ending at a seq. */
export const devAt = (lastSeq: number) => [room('lobby'), room('dev', { lastSeq })];
