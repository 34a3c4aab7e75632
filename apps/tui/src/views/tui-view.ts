/**
 * The screen: panes (view-panes.ts) on a terminal. After each transition it finds out what has changed and has that painted
 * alone; a change of the layout or of a popup paints everything.
 */
import type { Member, Room, ThemeWish } from '@parley/protocol';
import {
  type InputEvent,
  type MonotonicClock,
  monotonicClock,
  openScreen,
  type ScreenInput,
  type ScreenOutput,
  type TerminalScreen,
} from '@parley/terminal';
import type { Size } from '../layout/geometry.ts';
import { layoutOf } from '../state/chat-places.ts';
import { currentDraft } from '../state/room-drafts.ts';
import { activeRoom, goneOther, isShown } from '../state/open-room.ts';
import type { ScrollMove } from '../state/effects.ts';
import { isLooking, type OpenRoom, type TuiState, type Viewport } from '../state/state.ts';
import type { Theme } from '../themes/theme.ts';
import type { ThemeChoice } from '../themes/theme-choice.ts';
import { BlankStart } from './blank-start.ts';
import { looksSame, titleOf } from './chat-views.ts';
import type { ClientView } from './client-view.ts';
import { messagePaneBytes, themeBytes } from './page-bytes.ts';
import { notificationBytes } from './notification.ts';
import { PeoplePace } from './people-pace.ts';
import { Speech } from './speech.ts';
import { textColumn } from './timeline.ts';
import { Timelines } from './timelines.ts';
import type { WallClock } from './wall-clock.ts';
import { type PaneName, ViewPanes } from './view-panes.ts';
import { Watch } from './watch.ts';

export interface TuiViewOptions {
  readonly input: ScreenInput;
  readonly output: ScreenOutput;
  readonly size: Size;
  readonly theme: ThemeChoice;
  readonly state: TuiState;
  /** Paces the frames; default: real time. */
  readonly clock?: MonotonicClock | undefined;
  /** Whose days and hours are shown; default: the process's. */
  readonly wall?: WallClock | undefined;
  /** `people`: whom the members pane shows. */
  onInput(this: void, event: InputEvent, people: readonly Member[] | undefined): void;
  onResize(this: void, size: Size): void;
  /** The message pane shows something else than it told last. */
  onViewport(this: void, viewport: Viewport, nearTop: boolean): void;
  /** The terminal erases in the background at hand. */
  readonly erasesInColor?: boolean | undefined;
  /** Painting or answering has failed, and the terminal is given back. Default: thrown. */
  readonly onFault?: ((this: void, error: unknown) => void) | undefined;
  /** The terminal is gone. */
  onGone(this: void, error: Error): void;
}

export class TuiView implements ClientView {
  readonly #options: TuiViewOptions;
  readonly #screen: TerminalScreen;
  readonly #panes: ViewPanes;
  /** What each pane was painted from last. */
  readonly #painted: Readonly<Record<PaneName, Watch>> = {
    rooms: new Watch(),
    members: new Watch(),
    header: new Watch(),
    messages: new Watch(),
    notice: new Watch(),
    composer: new Watch(),
    status: new Watch(),
    popup: new Watch(),
    welcome: new Watch(),
  };
  readonly #timelines: Timelines;
  #state: TuiState;
  #theme: Theme;
  /** The rooms as they were when something that is seen of them changed last. */
  #rooms: readonly Room[] = [];
  /** What the title was made of. */
  readonly #titled = new Watch();
  readonly #people: PeoplePace;
  readonly #blank: BlankStart;
  /** The room that is on the screen and not open yet; `''` on the way to the first. */
  #opening: string | undefined;
  /** Where the page thinks that the messages are. */
  readonly #paneTold = new Watch();

  readonly #speech: Speech;

  constructor(options: TuiViewOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#theme = options.theme.theme;
    const { input, output, size, clock, onResize, onGone, onFault, erasesInColor } = options;
    const onInput = (event: InputEvent): void => {
      if (options.theme.learn(event)) this.#applyTheme();
      else if (this.#state.options.hosted && this.#speech.asked(event)) this.#speech.follow(this.#state);
      else options.onInput(event, this.#panes.peopleShown);
    };
    this.#speech = new Speech({
      clock: clock ?? monotonicClock,
      isHeard: () => this.#screen.state === 'painting',
      write: (bytes) => output.write(bytes),
    });
    this.#timelines = new Timelines(this.#theme, {
      wall: options.wall,
      now: () => this.#state.now,
      onViewport: options.onViewport,
      onPortion: () => this.#panes.refresh('messages'),
    });
    this.#people = new PeoplePace(clock ?? monotonicClock, () => this.#refreshChanged());
    this.#blank = new BlankStart(clock ?? monotonicClock, () => this.update(this.#state));
    const streams = { input, output, size, clock, onInput, onResize, onGone, onFault };
    const screenOptions = { ...streams, erasesInColor, focusReports: true, colorReports: true };
    this.#screen = openScreen({
      ...screenOptions,
      cursorShape: 'bar',
      palette: this.#theme.colors,
      // The page has our own table of widths.
      agreesOnWidths: this.#state.options.hosted,
      // It has the page's theme already, so that nothing needs to be asked before the first frame.
      startsUnseen: this.#state.options.hosted,
    });
    this.#panes = new ViewPanes(this.#screen.root, {
      state: () => this.#state,
      theme: () => this.#theme,
      timelines: this.#timelines,
    });
    this.update(options.state);
  }

  whenReady(run: () => void, how: { patient: boolean }): void {
    this.#screen.beforeFrame(run, how);
  }

  /** Shows a state: what has changed since the last one. */
  update(state: TuiState): void {
    this.#state = state;
    if (state.stage.name === 'left') return;
    if (this.#blank.lasts(isOnTheWay(state.stage))) {
      this.#opening = openingOf(state.stage);
      return;
    }
    this.#timelines.turnDay(state.now);
    if (state.stage.name === 'chat') this.#timelines.sync(state.stage);
    if (this.#panes.place(state)) {
      for (const painted of Object.values(this.#painted)) painted.forget();
      this.#screen.render();
    }
    this.#refreshChanged();
    this.#entitle();
    this.#tellPane();
    const opening = openingOf(state.stage);
    // Whoever waits for a room waits no longer than until it is there, a screen full.
    if (this.#opening !== undefined && opening === undefined) this.#screen.flush();
    this.#opening = opening;
    this.#speech.follow(state);
  }

  get #isLooking(): boolean {
    return isLooking(this.#state.focus);
  }

  #entitle(): void {
    const { stage } = this.#state;
    const focused = this.#isLooking;
    if (stage.name !== 'chat') {
      this.#titled.forget();
      this.#screen.setTitle('Parley');
    } else if (this.#titled.sees(this.#rooms, stage.active, stage.viewport.atBottom, focused)) {
      this.#screen.setTitle(titleOf(stage, focused));
    }
  }

  settled(): void {
    // Keys don't wait for what those before them led to.
  }

  scroll(move: ScrollMove): void {
    const { stage } = this.#state;
    if (stage.name !== 'chat' || stage.active === undefined) return;
    this.#timelines.scroll(stage.active, move);
    this.#panes.refresh('messages');
  }

  /** Rings, and shows a notification where the terminal has them. A terminal that takes nothing now misses it. */
  notify(title: string, body: string): void {
    if (this.#screen.state !== 'painting') return;
    this.#options.output.write(notificationBytes(title, body));
    this.#screen.bell();
  }

  /** A browser's page knows what its person wishes, and tells its colours as any terminal does. */
  setTheme(theme: ThemeWish): void {
    const { theme: choice, output } = this.#options;
    if (!this.#state.options.hosted) choice.wish = theme;
    else if (this.#screen.state === 'painting') output.write(themeBytes(theme));
    this.#applyTheme();
  }

  #applyTheme(): void {
    const { theme } = this.#options.theme;
    if (theme === this.#theme) return;
    this.#theme = theme;
    this.#timelines.setTheme(theme);
    this.#screen.setPalette(theme.colors);
    this.#screen.render();
  }

  resize(size: Size): void {
    this.#screen.resize(size);
  }

  /** Everything again, terminal modes included. */
  repaint(): void {
    this.#screen.repaint();
  }

  detach(): void {
    this.#screen.detach();
  }

  suspend(): void {
    this.#screen.suspend();
  }

  /** Gives the terminal back. May be called twice. */
  close(): void {
    this.#blank.close();
    this.#people.close();
    this.#speech.close();
    this.#screen.leave();
  }

  /** A page that shows this terminal copies messages without what is around them. Other terminals know nothing of it. */
  #tellPane(): void {
    const { stage, size, options } = this.#state;
    if (!options.hosted) return;
    const isSeen = stage.name === 'chat' && stage.popup === undefined;
    const pane = isSeen ? layoutOf(stage, size).messages : undefined;
    // The size is told with it: a page forgets the pane when it changes its own.
    if (!this.#paneTold.sees(size, pane)) return;
    this.#screen.setNote(messagePaneBytes(pane, pane === undefined ? 0 : textColumn(pane.width)));
  }

  #refreshChanged(): void {
    const { stage, now, options } = this.#state;
    const focused = this.#isLooking;
    if (stage.name === 'welcome') {
      const counted = stage.progress.name === 'waiting' && now;
      if (this.#painted.welcome.sees(stage, options, counted)) this.#panes.refresh('welcome');
    }
    if (stage.name !== 'chat') return;
    const open = activeRoom(stage);
    const { active, viewport, connection } = stage;
    // Each message changes its room, and mostly nothing that is seen of it.
    if (!looksSame(this.#rooms, stage.rooms, stage, focused)) this.#rooms = stage.rooms;
    const rooms = this.#rooms;
    const { rooms: byRooms, members, header, messages, notice, composer, status, popup } = this.#painted;
    if (byRooms.sees(rooms, active, stage.mentioned, stage.roomsTop, focused, viewport.atBottom))
      this.#panes.refresh('rooms');
    const people = this.#people.of(open);
    if (members.sees(people, stage.you)) this.#panes.refresh('members');
    if (header.sees(rooms, active, people)) this.#panes.refresh('header');
    const { log, notes, pending, marker, missed, load, typing, paging } = open ?? NOT_OPEN;
    const { you } = stage;
    // With a connection again, what could not be had before is asked for.
    const isOnline = connection.name === 'online';
    if (messages.sees(log, notes, pending, marker, load, active, you, this.#timelines.day, isOnline)) {
      this.#panes.refresh('messages');
    }
    const { completion, toast, limits, inParts } = stage;
    const draft = currentDraft(stage);
    if (
      notice.sees(completion, toast, limits, inParts, draft.text, viewport, typing, paging, missed, goneOther(stage))
    ) {
      this.#panes.refresh('notice');
    }
    if (composer.sees(draft, active, rooms, stage.popup === undefined)) this.#panes.refresh('composer');
    const counted = connection.name === 'waiting' && now;
    // What there is no pane for stands there.
    const said = !this.#panes.isShown('notice');
    const { you: who, mentioned, roomsTop } = stage;
    if (status.sees(connection, who, rooms, active, mentioned, roomsTop, counted, said && completion, said && toast)) {
      this.#panes.refresh('status');
    }
    if (popup.sees(stage.popup)) this.#panes.refresh('popup');
  }
}

const NOT_OPEN: Partial<OpenRoom> = {};

/** Whether something else is about to be shown without its person's doing. */
const isOnTheWay = (stage: TuiState['stage']): boolean =>
  stage.name === 'welcome' ? stage.progress.name === 'busy' : openingOf(stage) !== undefined;

function openingOf(stage: TuiState['stage']): string | undefined {
  if (stage.name !== 'chat') return '';
  const open = activeRoom(stage);
  if (open === undefined || !isShown(open)) return stage.active ?? '';
  // Where hundreds have come in without a word, the newest page is a single line: the one before it belongs to the first screen.
  return open.paging && stage.viewport.atBottom && stage.seek === undefined ? open.room : undefined;
}
