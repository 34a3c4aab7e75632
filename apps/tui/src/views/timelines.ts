/**
 * The lines of each open room, and where the message pane stands in the one that is shown. Knows neither panes nor frames.
 *
 * Where a room is scrolled to is its own; what of that the state does not know yet is told once the room is painted.
 */
import { foldName } from '@parley/protocol';
import type { StyledRow } from '@parley/terminal';
import type { ScrollMove } from '../state/effects.ts';
import { activeRoom, listedRoom } from '../state/open-room.ts';
import { QUARTER_MS } from '../state/quarter-hour.ts';
import type { ChatStage, Viewport } from '../state/state.ts';
import type { Theme } from '../themes/theme.ts';
import { dayKey } from './clock-words.ts';
import { RoomTimeline } from './room-timeline.ts';
import type { OwnContext } from './timeline-context.ts';
import type { WallClock } from './wall-clock.ts';

export interface TimelinesOptions {
  readonly wall: WallClock | undefined;
  now(this: void): number;
  /** The message pane shows something else than was told last; `nearTop`: what is older is wanted. */
  onViewport(this: void, viewport: Viewport, nearTop: boolean): void;
  /** The rows that were asked for are not all there yet: more of them are when they are asked for again. */
  onPortion(this: void): void;
}

export class Timelines {
  readonly #options: TimelinesOptions;
  readonly #byRoom = new Map<string, RoomTimeline>();
  #theme: Theme;
  #active: string | undefined;
  #me = '';
  #day = 0;
  #quarter = 0;
  #told: Viewport | undefined;
  #nearTop = false;
  #isOnline = false;

  constructor(theme: Theme, options: TimelinesOptions) {
    this.#theme = theme;
    this.#options = options;
  }

  /** The day that lines are shown from: those that say it are made anew when it is another one. */
  get day(): number {
    return this.#day;
  }

  turnDay(now: number): void {
    // Wherever one lives, a day begins on a quarter of an hour.
    const quarter = Math.floor(now / QUARTER_MS);
    if (quarter === this.#quarter) return;
    this.#quarter = quarter;
    const day = dayKey(new Date(now), this.#options.wall);
    if (day === this.#day) return;
    this.#day = day;
    for (const timeline of this.#byRoom.values()) timeline.invalidate();
  }

  setTheme(theme: Theme): void {
    this.#theme = theme;
    for (const timeline of this.#byRoom.values()) timeline.adapt({ theme });
  }

  /** Brings the active room's lines up to the state. */
  sync(chat: ChatStage): void {
    const me = `${chat.you.id} ${chat.you.nick}`;
    // Who one is decides which messages are one's own, and which name one.
    if (me !== this.#me) for (const timeline of this.#byRoom.values()) timeline.adapt(ownContext(chat));
    this.#me = me;
    for (const name of this.#byRoom.keys()) if (!chat.open.has(name)) this.#byRoom.delete(name);
    const open = activeRoom(chat);
    const isOnline = chat.connection.name === 'online';
    if (isOnline && !this.#isOnline) {
      for (const timeline of this.#byRoom.values()) timeline.askAgain();
      this.#told = undefined;
    }
    this.#isOnline = isOnline;
    if (open === undefined) return;
    const timeline = this.#byRoom.get(open.room) ?? this.#make(open.room, chat);
    const room = listedRoom(chat, open.room);
    timeline.sync(open, room);
    if (this.#active === open.room) return;
    this.#active = open.room;
    // The list stands where it was left; what it shows now is told when it is painted.
    this.#told = chat.viewport;
  }

  /** The rows to show of a room in a pane of this size; undefined when it is not known. */
  rows(room: string, width: number, height: number): readonly StyledRow[] | undefined {
    const timeline = this.#byRoom.get(room);
    timeline?.resize(width, height);
    const rows = timeline?.rows();
    if (timeline !== undefined) this.#tell(timeline.viewport());
    return rows;
  }

  scroll(room: string, move: ScrollMove): void {
    const timeline = this.#byRoom.get(room);
    timeline?.scroll(move);
    // Whoever sends the pane to a message waits for its word, also where it stands as before; and whoever scrolls at the end
    // of a stretch wants what follows, which could not be had before.
    if ('seq' in move || timeline?.isCut === true) this.#told = undefined;
  }

  #make(room: string, chat: ChatStage): RoomTimeline {
    const context = {
      theme: this.#theme,
      ...ownContext(chat),
      now: this.#options.now,
      wall: this.#options.wall,
    };
    const onNeedOlder = (): void => {
      this.#nearTop = true;
    };
    const timeline = new RoomTimeline(context, onNeedOlder, this.#options.onPortion);
    this.#byRoom.set(room, timeline);
    return timeline;
  }

  #tell(viewport: Viewport): void {
    const told = this.#told;
    const nearTop = this.#nearTop;
    const isTold =
      told?.atBottom === viewport.atBottom && told.below === viewport.below && told.anchor === viewport.anchor;
    if (isTold && !nearTop) return;
    this.#told = viewport;
    this.#nearTop = false;
    this.#options.onViewport(viewport, nearTop);
  }
}

const ownContext = ({ you }: ChatStage): OwnContext => ({
  ownId: you.id,
  ownNick: you.nick,
  ownName: foldName(you.nick),
});
