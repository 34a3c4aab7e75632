/**
 * One terminal client: a state, a screen and a connection, put together. An object on (input, output, size) without a
 * process global, so that one process can hold many.
 *
 *   running ──the state leaves, close(), the terminal is gone──▶ closing ──▶ closed (`done` settles)
 */
import { type CreateSocket, openWebSocket, systemClock } from '@parley/client';
import { type ThemeWish, TICKET_HEADER } from '@parley/protocol';
import type { ScreenInput, ScreenOutput } from '@parley/terminal';
import { ROOM_SIGN } from './commands/command-table.ts';
import type { Size } from './layout/geometry.ts';
import type { EditedTerminal } from './plain/line-editor.ts';
import type { LineInput } from './plain/line-reader.ts';
import { PlainView } from './plain/plain-view.ts';
import { ActionQueue } from './runtime/action-queue.ts';
import { EffectRunner } from './runtime/effect-runner.ts';
import type { Glimpses, GlimpsingClient } from './runtime/glimpses.ts';
import type { Action } from './state/actions.ts';
import { type Effect, isOfScreen, type ScreenEffect, type ServerEffect } from './state/effects.ts';
import { activeRoom } from './state/open-room.ts';
import { draftsToSave } from './state/room-drafts.ts';
import type { ChatStage, TuiState } from './state/state.ts';
import { initialState, nextTick, transition } from './state/transition.ts';
import { type ColorDepth, isScreen } from './themes/color-depth.ts';
import { ThemeChoice } from './themes/theme-choice.ts';
import type { ClientView } from './views/client-view.ts';
import { TuiView } from './views/tui-view.ts';
import { Watch } from './views/watch.ts';
import { wallClockIn } from './views/wall-clock.ts';

export interface TuiOptions {
  readonly input: ScreenInput;
  readonly output: ScreenOutput;
  readonly size: Size;
  /** The core's base URL; without it the welcome screen asks. */
  readonly server: string | undefined;
  /** In the gateway: no server to choose, nothing that touches files. */
  readonly hosted: boolean;
  /** The room to open after the welcome screen. */
  readonly room?: string | undefined;
  /** The guest to enter as at once. */
  readonly nick?: string | undefined;
  /** 64 hexadecimal digits: what to come back to, and to save. */
  readonly sessionKey?: string | undefined;
  /** Nothing can have been saved under the key yet. */
  readonly fresh?: boolean | undefined;
  /** Tells the core the address that a hosted client is used from. */
  readonly ticket?: string | undefined;
  /** The zone that times are shown in, such as `Europe/Berlin`; default: the process's. */
  readonly timezone?: string | undefined;
  /** Default: the one that suits the terminal. Hosted: the one that does, as far as the page has told. */
  readonly theme?: ThemeWish | undefined;
  /** What the terminal has of colours. Default: all. Hosted: it is taught them. */
  readonly colors?: ColorDepth | undefined;
  /** The terminal's kind, as TERM names it. */
  readonly term?: string | undefined;
  /** Told of a fault in what this client paints or answers, which is over then. Default: thrown. */
  readonly onFault?: ((this: void, error: unknown) => void) | undefined;
  /** Its person wants to go back to the shell for a while. Default: nothing happens. */
  readonly onSuspend?: ((this: void) => void) | undefined;
  /** How the server is connected to. Default: by a WebSocket. */
  readonly createSocket?: CreateSocket | undefined;
  /** Lines of text instead of a screen, read from here instead of `input`. */
  readonly lines?: LineInput | undefined;
  /** The terminal that they are read from and written to, where they can be edited there. */
  readonly terminal?: EditedTerminal | undefined;
  /** What the other clients of this process see, which serves this one while it enters; and the other way around. */
  readonly glimpses?: Glimpses | undefined;
}

/**
 * Why a client ended: its person left, `close()` was called, its terminal is gone; or, in the plain mode, its person
 * interrupted it at a password, or something could not be done and nobody is at the keyboard, or reads it.
 */
export type TuiExit = 'left' | 'closed' | 'gone' | 'interrupted' | 'failed';

export interface Tui {
  resize(cols: number, rows: number): void;
  /** Paints everything again, terminal modes included. */
  repaint(): void;
  /** Nobody looks for now: less memory, and nothing written, until `repaint`. */
  detach(): void;
  /** Gives the terminal back as it was, until `repaint` takes it again. May be called twice. */
  suspend(): void;
  /** Gives the terminal back at once, then saves the place and disconnects: `done` tells when. May be called twice. */
  close(): void;
  readonly done: Promise<TuiExit>;
}

export function createTui(options: TuiOptions): Tui {
  return new TuiProgram(options);
}

type Life = 'running' | 'closing' | 'closed';

class TuiProgram implements Tui {
  readonly done: Promise<TuiExit>;
  readonly #options: TuiOptions;
  readonly #queue = new ActionQueue({
    perform: (actions) => this.#perform(actions),
    performed: () => this.#show(),
    whenReady: (run, how) => this.#view.whenReady(run, how),
  });
  readonly #runner: EffectRunner;
  readonly #view: ClientView;
  #settle: (exit: TuiExit) => void = () => {};
  #life: Life = 'running';
  #state: TuiState;
  #cancelTick: (() => void) | undefined;
  #tickAt: number | undefined;
  /** What the place to save was made of last. */
  readonly #placedBy = new Watch();
  /** For the screen, once it shows the state that they belong to. */
  readonly #effects: ScreenEffect[] = [];
  /** Not for the screen, in order. */
  readonly #untold: ServerEffect[] = [];
  readonly #glimpsing: GlimpsingClient = {
    state: () => this.#state,
    show: (glimpse) => this.#now({ type: 'glimpsed', glimpse }),
  };
  /** Shows others nothing any more. */
  readonly #conceal: (() => void) | undefined;

  constructor(options: TuiOptions) {
    this.#options = options;
    this.done = new Promise((resolve) => (this.#settle = resolve));
    const {
      server,
      hosted,
      nick,
      sessionKey,
      fresh = false,
      ticket,
      lines,
      output,
      size,
      createSocket = openWebSocket,
    } = options;
    // In a link and on a command line, too, a room may have the sign that it is shown with.
    const room = options.room?.replace(ROOM_SIGN, '');
    const restores = sessionKey !== undefined && server !== undefined && !fresh;
    const start = { server, hosted, room, nick, restores };
    this.#state = initialState(start, size);
    this.#runner = new EffectRunner({
      push: (action) => this.#queue.push(action),
      newsWaits: (read, how) => this.#queue.expect(read, how),
      idle: () => {
        // What the answer led to comes first.
        this.#queue.flush();
        if (this.#life === 'running') this.#view.settled();
      },
      mayConnect: (connect) => this.#mayConnect(connect),
      clock: systemClock,
      server,
      linkRoom: room,
      sessionKey,
      headers: ticket === undefined ? {} : { [TICKET_HEADER]: ticket },
      createSocket,
    });
    this.#view =
      lines !== undefined
        ? new PlainView({
            input: lines,
            output,
            terminal: options.terminal,
            interactive: 'isTTY' in lines && lines.isTTY === true,
            clock: systemClock,
            wall: wallClockIn(options.timezone),
            isBusy: () => this.#runner.isBusy,
            onAction: (action) => this.#queue.push(action),
            onDone: (end) => this.#end(end === 'done' ? 'left' : end, true),
          })
        : this.#openScreen(options);
    this.#conceal = options.glimpses?.share(this.#glimpsing);
    this.#now({ type: 'started', now: Date.now() });
  }

  #openScreen(options: TuiOptions): TuiView {
    const { input, output, size, timezone, theme = 'auto', colors, hosted, term, onFault } = options;
    return new TuiView({
      // GNU screen erases in no colour, whatever it runs in.
      erasesInColor: term === undefined || !isScreen(term),
      onFault,
      input,
      output,
      size,
      theme: hosted
        ? new ThemeChoice('auto', theme === 'light' ? 'light' : 'dark', 'taught')
        : new ThemeChoice(theme, 'dark', colors),
      wall: wallClockIn(timezone),
      state: this.#state,
      // At once, not at the end of the turn: a person waits for the echo.
      onInput: (event, people) => this.#now({ type: 'input', input: event, now: Date.now(), people }),
      onResize: (next) => this.#now({ type: 'resized', size: next }),
      onViewport: (viewport, nearTop) => this.#queue.push({ type: 'viewport', viewport, nearTop }),
      onGone: () => this.#end('gone', false),
    });
  }

  resize(cols: number, rows: number): void {
    if (this.#life === 'running') this.#view.resize({ cols, rows });
  }

  repaint(): void {
    if (this.#life === 'running') this.#view.repaint();
  }

  detach(): void {
    if (this.#life === 'running') this.#view.detach();
  }

  suspend(): void {
    if (this.#life === 'running') this.#view.suspend();
  }

  close(): void {
    this.#end('closed', false);
  }

  #now(action: Action): void {
    this.#queue.push(action);
    this.#queue.flush();
  }

  #perform(actions: readonly Action[]): void {
    const effects: Effect[] = [];
    for (const action of actions) {
      const next = transition(this.#state, action);
      this.#state = next.state;
      effects.push(...next.effects);
    }
    for (const effect of effects) {
      if (isOfScreen(effect)) this.#effects.push(effect);
      else this.#tell(effect);
    }
  }

  #mayConnect(connect: () => void): void {
    const { glimpses } = this.#options;
    if (glimpses === undefined) return connect();
    // Where one is on the way to may have been said just now.
    this.#queue.flush();
    glimpses.enter(this.#glimpsing, () => {
      if (this.#life === 'running') connect();
    });
  }

  /** That one types is told once the key has its echo, which its person waits for. */
  #tell(effect: ServerEffect): void {
    this.#untold.push(effect);
    if (effect.do === 'say-typing') queueMicrotask(() => this.#tellAll());
    else this.#tellAll();
  }

  #tellAll(): void {
    for (const effect of this.#untold.splice(0)) this.#runner.run(effect);
  }

  #show(): void {
    this.#view.update(this.#state);
    for (const effect of this.#effects.splice(0)) this.#run(effect);
    if (this.#life !== 'running') return;
    this.#view.settled();
    this.#scheduleTick();
    const { stage } = this.#state;
    if (stage.name === 'chat' && !stage.entering) this.#savePlace(stage);
  }

  #run(effect: ScreenEffect): void {
    switch (effect.do) {
      case 'scroll':
        this.#view.scroll(effect.move);
        break;
      case 'repaint':
        this.#view.repaint();
        break;
      case 'set-theme':
        this.#view.setTheme(effect.theme);
        break;
      case 'notify':
        this.#view.notify(effect.title, effect.body);
        break;
      case 'suspend':
        this.#options.onSuspend?.();
        break;
      case 'exit':
        this.#end('left', true);
        break;
    }
  }

  #savePlace(chat: ChatStage): void {
    if (this.#options.sessionKey === undefined || chat.active === undefined) return;
    const { anchor } = chat.viewport;
    const pending = activeRoom(chat)?.pending;
    // Nearly always it is the place of before. What could not be saved is tried again with whatever happens next.
    const { placeFailures } = this.#runner;
    if (!this.#placedBy.sees(chat.active, anchor, chat.drafts, chat.recall, pending, placeFailures)) return;
    const place = { ...draftsToSave(chat), room: chat.active, scroll: anchor === undefined ? {} : { anchor } };
    const isSending = pending?.some(({ state }) => state === 'sending') ?? false;
    this.#runner.savePlace(place, { isSending });
  }

  #scheduleTick(): void {
    const at = nextTick(this.#state);
    if (at === this.#tickAt) return;
    this.#cancelTick?.();
    this.#tickAt = at;
    if (at === undefined) return;
    this.#cancelTick = systemClock.after(Math.max(0, at - Date.now()), () => {
      this.#tickAt = undefined;
      this.#now({ type: 'ticked', now: Math.max(at, Date.now()) });
    });
  }

  /** The terminal first, then what takes time. `forget`: there is nothing to come back to. */
  #end(exit: TuiExit, forget: boolean): void {
    if (this.#life !== 'running') return;
    this.#life = 'closing';
    this.#conceal?.();
    this.#cancelTick?.();
    this.#queue.close();
    this.#view.close();
    void this.#runner.close({ forget }).then(() => {
      this.#life = 'closed';
      return this.#settle(exit);
    });
  }
}
