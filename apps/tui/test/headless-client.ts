/** The state machine with its client and without a screen, against a server whose every move the test makes. */
import { openWebSocket, systemClock } from '@parley/client';
import { pollFor } from '@parley/testkit';
import { ScriptedServer } from '../../../packages/client/test/scripted-server.ts';
import { EffectRunner } from '../src/runtime/effect-runner.ts';
import type { Action } from '../src/state/actions.ts';
import { isOfScreen } from '../src/state/effects.ts';
import { Client } from './acting-client.ts';

export class HeadlessClient extends Client {
  readonly server: ScriptedServer;
  /** While this is a list, news waits in it to be read. */
  news: (() => void)[] | undefined;
  readonly #runner: EffectRunner;

  private constructor(server: ScriptedServer) {
    const address = server.url.replace(/^ws/u, 'http').replace(/\/ws$/u, '');
    super({ server: address });
    this.server = server;
    this.#runner = new EffectRunner({
      push: (action) => this.act(action),
      newsWaits: (read) => (this.news === undefined ? read() : void this.news.push(read)),
      idle: () => {},
      mayConnect: (connect) => connect(),
      clock: systemClock,
      server: address,
      linkRoom: undefined,
      sessionKey: undefined,
      headers: {},
      createSocket: openWebSocket,
    });
  }

  static async start(): Promise<HeadlessClient> {
    return new HeadlessClient(await ScriptedServer.start());
  }

  /** Enters as this guest from the welcome screen. */
  enterAs(nick: string): this {
    return this.press('ctrl+u').type(nick).press('enter');
  }

  override act(...actions: Action[]): this {
    super.act(...actions);
    for (const effect of this.effects) if (!isOfScreen(effect)) this.#runner.run(effect);
    return this;
  }

  /** What is said in a room as its person sees it: its messages, then those on their way. */
  async saying(room: string, ...texts: readonly string[]): Promise<void> {
    await pollFor(() => this.#saidIn(room), texts);
  }

  onStage(name: 'welcome' | 'chat'): Promise<unknown> {
    return pollFor(() => this.state.stage.name, name);
  }

  #saidIn(room: string): readonly string[] {
    const open = this.state.stage.name === 'chat' ? this.chat.open.get(room) : undefined;
    const shown = open?.log.events.flatMap((event) => (event.type === 'message' ? [event.text] : [])) ?? [];
    return [...shown, ...(open?.pending.map(({ text, state }) => `${state}: ${text}`) ?? [])];
  }

  async close(): Promise<void> {
    await this.#runner.close({ forget: false });
    await this.server.stop();
  }
}
