/** A client without a connection: actions in, a parsed screen out. */
import { DEFAULT_LIMITS, type Room, type RoomEvent, type ThemeWish } from '@parley/protocol';
import { FakeClock } from '@parley/testkit';
import headless from '@xterm/headless';
import { room } from '../../../packages/client/test/chat-fixtures.ts';
import type { Action } from '../src/state/actions.ts';
import { logOf } from '../src/state/room-log.ts';
import type { Glimpse, StartOptions, TuiState } from '../src/state/state.ts';
import { initialState, transition } from '../src/state/transition.ts';
import { ThemeChoice } from '../src/themes/theme-choice.ts';
import { TuiView } from '../src/views/tui-view.ts';
import { NOW, OPTIONS } from './acting-client.ts';

export const roomOf = (name: string, unread: number): Room =>
  room(name, { topic: 'what it is about', lastSeq: 5, readSeq: 2, unread, members: 3 });

/** One has a name of wide characters. */
export const ROOMS = ['lobby', 'dev', 'テスト'];

/** Of one of them, with a screen and more of messages. */
export const glimpse: Glimpse = {
  room: { ...roomOf('dev', 0), readSeq: 5 },
  log: logOf(
    Array.from({ length: 60 }, (_, index): RoomEvent => {
      const base = { room: 'dev', seq: index + 1, at: new Date(NOW).toISOString(), from: { id: '2', nick: 'bob' } };
      return { ...base, type: 'message', text: `said ${index + 1}.`, cid: `c${index}` };
    }),
    true,
  ),
  members: [{ id: '2', nick: 'bob', guest: false, online: true }],
  total: 1,
  online: 1,
  limits: DEFAULT_LIMITS,
};

/** How those come who are shown a glimpse. */
export const byLink = { hosted: true, nick: 'ada', room: 'dev' };

export class ViewBench {
  readonly #clock = new FakeClock();
  /** Frames so far. */
  frames = 0;
  /** All that was written. */
  written = '';
  /** What the terminal was made to do besides showing text: bells, titles, answers. */
  readonly deeds: string[] = [];
  readonly #view: TuiView;
  readonly #terminal: headless.Terminal;
  #state: TuiState;
  #actions: Action[] = [];
  #type: ((value: never) => void) | undefined;

  constructor(size: { cols: number; rows: number }, theme: ThemeWish = 'auto', options: Partial<StartOptions> = {}) {
    this.#terminal = new headless.Terminal({ ...size, allowProposedApi: true, scrollback: 0 });
    this.#terminal.onBell(() => this.deeds.push('bell'));
    this.#terminal.onTitleChange((title) => this.deeds.push(`title ${title}`));
    this.#terminal.onData((data) => this.deeds.push(`answer ${data}`));
    this.#state = initialState({ ...OPTIONS, ...options }, size);
    const output = {
      write: (text: string) => {
        this.frames++;
        this.written += text;
        this.#terminal.write(text);
        return true;
      },
      on: () => {},
      removeListener: () => {},
    };
    this.#view = new TuiView({
      input: {
        on: (event: 'data' | 'error', listen: (value: never) => void) => {
          if (event === 'data') this.#type = listen;
        },
        removeListener: () => {},
      },
      output,
      size,
      theme: new ThemeChoice(theme),
      state: this.#state,
      clock: this.#clock,
      onInput: (input, people) => this.act({ type: 'input', input, now: NOW, people }),
      onResize: (next) => this.act({ type: 'resized', size: next }),
      onViewport: (viewport, nearTop) => this.#actions.push({ type: 'viewport', viewport, nearTop }),
      onGone: (error) => {
        throw error;
      },
    });
  }

  /** The room that is shown, or what stands for it. */
  get active(): string | undefined {
    return this.#state.stage.name === 'chat' ? this.#state.stage.active : undefined;
  }

  get modes(): headless.Terminal['modes'] {
    return this.#terminal.modes;
  }

  act(...actions: Action[]): void {
    this.#actions.push(...actions);
    for (let action = this.#actions.shift(); action !== undefined; action = this.#actions.shift()) {
      const next = transition(this.#state, action);
      this.#state = next.state;
      this.#view.update(next.state);
      for (const effect of next.effects) {
        if (effect.do === 'scroll') this.#view.scroll(effect.move);
        if (effect.do === 'set-theme') this.#view.setTheme(effect.theme);
      }
    }
  }

  /** As if the terminal had sent it. */
  type(bytes: string): void {
    this.#type?.(bytes as never);
  }

  resize(cols: number, rows: number): void {
    this.#terminal.resize(cols, rows);
    this.#view.resize({ cols, rows });
  }

  /** Paints what was asked for, and what that leads to. */
  paint(): void {
    this.#clock.advance(1000);
    this.act();
    this.#clock.advance(1000);
  }

  /** Each row as one string of its cells' text and colours. */
  async screen(): Promise<string[]> {
    await this.#parsed();
    return this.#rows((cell) => {
      const text = cell?.getChars() || ' ';
      // A blank has no colour but its background's; lines through or under it would show.
      const lined = cell?.isUnderline() || cell?.isStrikethrough() || cell?.isInverse();
      return `${text}${text === ' ' && !lined ? '' : cell?.getFgColor()}/${cell?.getBgColor()}`;
    }).map((cells) => cells.join('|'));
  }

  /** The text of each cell, by row and column. */
  async cells(): Promise<string[][]> {
    await this.#parsed();
    return this.#rows((cell) => cell?.getChars() ?? '');
  }

  repaint(): void {
    this.#view.repaint();
  }

  detach(): void {
    this.#view.detach();
  }

  close(): void {
    this.#view.close();
    this.#terminal.dispose();
  }

  async #parsed(): Promise<void> {
    this.paint();
    await new Promise<void>((resolve) => this.#terminal.write('', resolve));
  }

  #rows<Shown>(show: (cell: headless.IBufferCell | undefined) => Shown): Shown[][] {
    const { active } = this.#terminal.buffer;
    return Array.from({ length: this.#terminal.rows }, (_, row) =>
      Array.from({ length: this.#terminal.cols }, (_cell, column) => show(active.getLine(row)?.getCell(column))),
    );
  }
}
