/**
 * The panes of the screen: where each of them is, and how it is painted from the state at that moment. Knows neither what has
 * changed of it nor when it is time for a frame.
 */
import type { Member } from '@parley/protocol';
import { type Canvas, Pane, run, type TerminalScreen } from '@parley/terminal';
import type { Rect, Size } from '../layout/geometry.ts';
import { layoutOf } from '../state/chat-places.ts';
import { activeRoom, isShown, listedRoom } from '../state/open-room.ts';
import { shownName } from '../state/room-list.ts';
import { type ChatStage, isLooking, type Stage, type TuiState } from '../state/state.ts';
import type { Theme } from '../themes/theme.ts';
import { centredRow } from './bar.ts';
import { composerView, headerRow, memberRows, noticeRows, roomRows, statusRow } from './chat-views.ts';
import { paintPopup, placePopup } from './popup-view.ts';
import type { Timelines } from './timelines.ts';
import { Watch } from './watch.ts';
import { paintWelcome } from './welcome-view.ts';

const CHAT_PANES = ['rooms', 'members', 'header', 'messages', 'notice', 'composer', 'status'] as const;
const PANES = [...CHAT_PANES, 'popup', 'welcome'] as const;
export type PaneName = (typeof PANES)[number];

/** What is looked at whenever a pane is painted. */
interface PaneSource {
  state(this: void): TuiState;
  theme(this: void): Theme;
  readonly timelines: Timelines;
}

export class ViewPanes {
  readonly #source: PaneSource;
  readonly #panes: Readonly<Record<PaneName, Pane>>;
  /** What the panes were placed by, to see when they have to move. */
  readonly #places = new Watch();
  #peopleShown: readonly Member[] | undefined;

  constructor(root: TerminalScreen['root'], source: PaneSource) {
    this.#source = source;
    const pane = (paint: (canvas: Canvas, state: TuiState, theme: Theme) => void): Pane => {
      const paintNow = (canvas: Canvas): void => paint(canvas, source.state(), source.theme());
      return new Pane({ parent: root, left: 0, top: 0, width: 1, height: 1, hidden: true, paint: paintNow });
    };
    const inChat = (paint: (canvas: Canvas, chat: ChatStage, theme: Theme) => void): Pane =>
      pane((canvas, { stage }, theme) => {
        if (stage.name === 'chat') paint(canvas, stage, theme);
      });
    const looks = (): boolean => isLooking(source.state().focus);
    this.#panes = {
      rooms: inChat((canvas, chat, theme) =>
        paintRows(canvas, roomRows(chat, theme, canvas.width, canvas.height, looks())),
      ),
      members: inChat((canvas, chat, theme) => {
        this.#peopleShown = activeRoom(chat)?.members;
        paintRows(canvas, memberRows(chat, theme, canvas.width, canvas.height));
      }),
      header: inChat((canvas, chat, theme) => canvas.row(0, headerRow(chat, theme, canvas.width))),
      messages: inChat((canvas, chat, theme) => this.#paintMessages(canvas, chat, theme)),
      notice: inChat((canvas, chat, theme) => {
        canvas.fill(theme.background);
        paintRows(canvas, noticeRows(chat, theme, canvas.width, canvas.height));
      }),
      composer: inChat((canvas, chat, theme) => {
        const view = composerView(chat, theme, source.state().size, canvas.width, canvas.height);
        canvas.fill(theme.composer);
        paintRows(canvas, view.rows);
        if (chat.popup === undefined) canvas.setCursor(view.cursor.x, view.cursor.y);
      }),
      status: inChat((canvas, chat, theme) => {
        const { size, now, options } = source.state();
        const roomRows = layoutOf(chat, size).rooms?.height ?? 0;
        const shows = { roomRows, notice: this.isShown('notice'), hosted: options.hosted };
        canvas.row(0, statusRow(chat, theme, canvas.width, now, shows));
      }),
      popup: inChat((canvas, { popup }, theme) => {
        const { size, options } = source.state();
        if (popup !== undefined) paintPopup(canvas, popup, size, theme, options);
      }),
      welcome: pane((canvas, { stage, size, options, now }, theme) => {
        if (stage.name === 'welcome') paintWelcome(canvas, stage, { theme, size, options, now });
      }),
    };
  }

  /** Whom the members pane was painted with last: who presses there means those. */
  get peopleShown(): readonly Member[] | undefined {
    return this.#peopleShown;
  }

  isShown(name: PaneName): boolean {
    return this.#panes[name].visible;
  }

  /** Paints a pane soon. */
  refresh(name: PaneName): void {
    if (!this.#panes[name].hidden) this.#panes[name].refresh();
  }

  /** Puts the panes where the state wants them. False when they are there already. */
  place({ stage, size }: TuiState): boolean {
    const layout = stage.name === 'chat' ? layoutOf(stage, size) : undefined;
    const popup = stage.name === 'chat' && stage.popup !== undefined ? placePopup(stage.popup, size).outer : undefined;
    if (!this.#places.sees(size, stage.name, layout, popup?.x, popup?.y, popup?.width, popup?.height)) return false;
    const places = placesIn(stage, size, layout, popup);
    for (const name of PANES) {
      const pane = this.#panes[name];
      const rect = places[name];
      pane.hidden = rect === undefined;
      if (rect === undefined) continue;
      pane.position.left = rect.x;
      pane.position.top = rect.y;
      pane.position.width = rect.width;
      pane.position.height = rect.height;
    }
    return true;
  }

  #paintMessages(canvas: Canvas, chat: ChatStage, theme: Theme): void {
    canvas.fill(theme.background);
    const open = activeRoom(chat);
    if (open === undefined) return;
    if (!isShown(open)) {
      const room = listedRoom(chat);
      const words = `Opening ${shownName(room, open.room)} …`;
      canvas.row(Math.floor(canvas.height / 2), centredRow(canvas.width, [run(words, theme.faint)], theme.background));
      return;
    }
    const rows = this.#source.timelines.rows(open.room, canvas.width, canvas.height) ?? [];
    // Few messages stand at the bottom, next to where one writes.
    const top = Math.max(0, canvas.height - rows.length);
    rows.forEach((row, index) => canvas.row(top + index, row));
  }
}

type Places = Partial<Record<PaneName, Rect | undefined>>;

/** Where each pane is; those that are not named are hidden. */
function placesIn(
  stage: Stage,
  size: Size,
  layout: ReturnType<typeof layoutOf> | undefined,
  popup: Rect | undefined,
): Places {
  const places: Places = { popup };
  if (stage.name === 'welcome') places.welcome = { x: 0, y: 0, width: size.cols, height: size.rows };
  for (const name of CHAT_PANES) {
    const rect = layout?.[name];
    if (rect !== undefined && rect.height > 0) places[name] = rect;
  }
  return places;
}

function paintRows(canvas: Canvas, rows: readonly Parameters<Canvas['row']>[1][]): void {
  rows.forEach((row, index) => canvas.row(index, row));
}
