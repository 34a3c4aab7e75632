/** The state machine in the hands of a test: actions in, state and effects out. */
import type { ConnectionState } from '@parley/client';
import { DEFAULT_LIMITS, type MessageEvent, type Room } from '@parley/protocol';
import { keyInput } from '@parley/terminal';
import { message as messageOf, room } from '../../../packages/client/test/chat-fixtures.ts';
import type { Action } from '../src/state/actions.ts';
import { currentDraft } from '../src/state/room-drafts.ts';
import type { Effect } from '../src/state/effects.ts';
import { type ChatStage, type StartOptions, type TuiState } from '../src/state/state.ts';
import { initialState, transition } from '../src/state/transition.ts';

export const you = { id: '1', nick: 'ada', guest: true };
export const online: ConnectionState = { name: 'online', you, limits: DEFAULT_LIMITS };
export const OPTIONS: StartOptions = {
  hosted: false,
  server: 'http://parley.test',
  room: undefined,
  nick: undefined,
  restores: false,
};
export const NOW = Date.UTC(2026, 10, 20, 8);

export { room };
/** Of bob, in the lobby. */
export const message = (seq: number, text = `m${seq}`, change: Partial<MessageEvent> = {}): MessageEvent =>
  messageOf(seq, { room: 'lobby', at: new Date(NOW).toISOString(), from: { id: '2', nick: 'bob' }, text, ...change });

/** A client whose effects are collected. */
export class Client {
  state: TuiState;
  effects: Effect[] = [];

  constructor(options: Partial<StartOptions> = {}) {
    this.state = initialState({ ...OPTIONS, ...options }, { cols: 100, rows: 30 });
    this.act({ type: 'started', now: NOW });
  }

  get chat(): ChatStage {
    const { stage } = this.state;
    if (stage.name !== 'chat') throw new Error(`The stage is ${stage.name}.`);
    return stage;
  }
  get draft(): string {
    return currentDraft(this.chat).text;
  }
  get popup(): string | undefined {
    return this.chat.popup?.name;
  }

  act(...actions: Action[]): this {
    this.effects = [];
    for (const action of actions) {
      const next = transition(this.state, action);
      this.state = next.state;
      this.effects.push(...next.effects);
    }
    return this;
  }
  press(...chords: string[]): this {
    const actions = chords.map((chord): Action => {
      const parts = chord.split('+');
      const name = parts.pop() ?? '';
      const modifiers = { ctrl: parts.includes('ctrl'), alt: parts.includes('alt'), shift: parts.includes('shift') };
      return { type: 'input', input: keyInput(name, modifiers), now: this.state.now };
    });
    return this.act(...actions);
  }
  type(text: string): this {
    return this.act({ type: 'input', input: { type: 'text', text }, now: this.state.now });
  }
  enter(text: string): this {
    const { effects } = this.type(text);
    this.press('enter');
    this.effects = [...effects, ...this.effects];
    return this;
  }
  click(x: number, y: number, button: 'left' | 'middle' | 'right' = 'left'): this {
    const input = {
      type: 'mouse',
      action: 'press',
      button,
      x,
      y,
      ctrl: false,
      alt: false,
      shift: false,
    } as const;
    return this.act({ type: 'input', input, now: this.state.now });
  }
  opened(name: string, change: Partial<Room> = {}, events: readonly MessageEvent[] = []): this {
    const opened = { room: room(name, change), members: [{ ...you, online: true }], total: 1, events, more: false };
    return this.act({ type: 'room.opened', opened, fresh: true });
  }
  viewport(atBottom: boolean): this {
    return this.act({
      type: 'viewport',
      viewport: { atBottom, below: 0, anchor: atBottom ? undefined : 1 },
      nearTop: false,
    });
  }
}

/** The list of one's own rooms. */
export const listOf = (...rooms: readonly Room[]): Action => ({
  type: 'rooms',
  rooms: new Map(rooms.map((each) => [each.room, each])),
});

/** In the lobby, with a second room and a direct one in the list. */
export function inLobby(options: Partial<StartOptions> = {}): Client {
  const client = new Client(options);
  client.act({ type: 'connection', connection: online, now: NOW });
  const direct = room('@7', { kind: 'direct', with: { id: '2', nick: 'bob' } });
  client.act(listOf(direct, room('dev'), room('lobby')));
  return client.opened('lobby', { lastSeq: 2, readSeq: 2 }, [message(1), message(2)]);
}
