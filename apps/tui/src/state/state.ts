/**
 * Everything the terminal client knows, as one immutable value. Knows neither sockets nor cells.
 *
 *   welcome ──online──▶ chat ──/quit, Ctrl-C, Esc Esc──▶ left
 *      ▲                 │                                ▲
 *      │ refused (signed out, nick taken meanwhile)       │
 *      └─────────────────┘              Ctrl-C, Esc Esc ──┘ (from welcome too)
 *
 * Invariants: `chat.open` holds the active room, unless it is the first and still being asked for; a draft is dropped
 * only by sending it or by its owner's own editing; `left` is final.
 */
import type { ConnectionState } from '@parley/client';
import type { Limits, Member, Room, You } from '@parley/protocol';
import type { Size } from '../layout/geometry.ts';
import type { Draft } from './draft.ts';
import type { Effect } from './effects.ts';
import type { Rename } from './renames.ts';
import type { RoomLog } from './room-log.ts';
import type { Typed, TypedAhead } from './typed-ahead.ts';

export interface TuiState {
  readonly size: Size;
  /** Milliseconds since 1970 at the last action that knew. */
  readonly now: number;
  readonly focus: Focus;
  readonly options: StartOptions;
  readonly stage: Stage;
}

/** Where its person looks, as far as the terminal tells: some, such as tmux by default, never do. */
export type Focus = 'here' | 'elsewhere' | 'unknown';

/** Whether what is shown counts as seen: nobody can know better where the terminal tells nothing. */
export const isLooking = (focus: Focus): boolean => focus !== 'elsewhere';

/** What the program was started with. */
export interface StartOptions {
  /** In the gateway: no server address to choose, and nothing that touches files. */
  readonly hosted: boolean;
  /** The core's base URL (`http://host:port`), when it was given. */
  readonly server: string | undefined;
  readonly room: string | undefined;
  readonly nick: string | undefined;
  /** Whether there may be a session to come back to. */
  readonly restores: boolean;
}

export type Stage = WelcomeStage | ChatStage | LeftStage;

export type WelcomeMode = 'guest' | 'sign-in' | 'register';
export type FieldName = 'server' | 'nick' | 'password' | 'repeat';
export type WelcomeFocus = FieldName | 'mode' | 'go';

export interface WelcomeStage {
  readonly name: 'welcome';
  readonly step: 'server' | 'person';
  readonly mode: WelcomeMode;
  readonly fields: Readonly<Record<FieldName, Draft>>;
  readonly focus: WelcomeFocus;
  /** Whether the suggested server is selected: what is typed takes its place. */
  readonly selected: boolean;
  readonly progress: WelcomeProgress;
  readonly server: string | undefined;
  /** While one is on the way without having been asked anything: what was typed meanwhile. */
  readonly ahead: TypedAhead | undefined;
  /** What the chat held before the server asked who we are again. */
  readonly before: Keepsake | undefined;
}

export type WelcomeProgress =
  | { readonly name: 'ready' }
  /** `direct`: who comes in without the form, by a link's nick (and has no id yet) or back to a session. */
  | { readonly name: 'busy'; readonly words: string; readonly direct: You | undefined }
  /** The server can't be reached; the client tries again by itself. */
  | { readonly name: 'waiting'; readonly words: string; readonly retryAt: number }
  | { readonly name: 'failed'; readonly words: string }
  /** Words that are no complaint: one has signed out. */
  | { readonly name: 'said'; readonly words: string }
  /** Esc was pressed once where it leads nowhere. */
  | { readonly name: 'leaving' };

/** What survives a visit to the welcome screen, or the end of the process. */
export interface Keepsake {
  /** Whose it is: nobody else finds any of it. Without an id yet: of whoever comes in from here. */
  readonly of: You;
  readonly room: string | undefined;
  readonly drafts: ReadonlyMap<string, Draft>;
  /** The seq of the message that the view was held at. */
  readonly anchor: number | undefined;
}

/** What others in this process see of a public room: what a newcomer is about to see, before the server has answered. */
export interface Glimpse {
  /** The room as one sees it who has read everything. */
  readonly room: Room;
  readonly log: RoomLog;
  readonly members: readonly Member[];
  readonly total: number;
  readonly online: number | undefined;
  readonly limits: Limits;
}

export interface ChatStage {
  readonly name: 'chat';
  readonly server: string;
  readonly you: You;
  readonly limits: Limits;
  readonly connection: ConnectionState;
  /** Whether one is still on the way, and sees what others see. */
  readonly entering: boolean;
  /** One's own rooms in the order of the list. */
  readonly rooms: readonly Room[];
  /** How many lines of the list are scrolled away, where its person has done that since they went to the active room. */
  readonly roomsTop: number | undefined;
  /** Conversations that were closed, as they were then: not in the list until something is said there, or they are opened. */
  readonly closed: ReadonlyMap<string, Room>;
  readonly active: string | undefined;
  /** The room to fall back to when the active one can't be opened. */
  readonly previous: string | undefined;
  /** Rooms that are shown or followed, the least recently shown first. */
  readonly open: ReadonlyMap<string, OpenRoom>;
  /** Rooms with a mention that was not looked at yet. */
  readonly mentioned: ReadonlySet<string>;
  /** By room, the one that was changed last at the end. */
  readonly drafts: ReadonlyMap<string, Draft>;
  /** What stands in a composer with nothing in it: this chat's own, since its person's undo and yank hang on it. */
  readonly blank: Draft;
  /** The room that was asked to be left: what comes of that is told by the answer. */
  readonly leaving: string | undefined;
  /** What was entered before and where, oldest first. */
  readonly entered: readonly EnteredLine[];
  /** Where among what was entered in this room the composer is, and the draft that Down comes back to. */
  readonly recall: { readonly index: number; readonly draft: Draft } | undefined;
  readonly completion: RunningCompletion | undefined;
  /** The rooms that the server has listed last, without conversations, and when that was. */
  readonly listed: { readonly rooms: readonly string[]; readonly at: number } | undefined;
  /** The draft that Tab was pressed in: it is completed when the server has listed the rooms. */
  readonly completesWhenListed: Draft | undefined;
  readonly popup: Popup | undefined;
  readonly viewport: Viewport;
  /** Where other rooms were left scrolled back. */
  readonly viewports: ReadonlyMap<string, Viewport>;
  readonly toast: Toast | undefined;
  /** Whether Esc was just pressed at the top level. */
  readonly escaped: boolean;
  /**
   * Whether Enter was pressed while the room was still opening; `ahead`: before there was a chat, by someone who sees nothing
   * yet and types on. Then what is typed next follows it, and is no part of it.
   */
  readonly entersWhenOpen: boolean | 'ahead';
  /** What was typed before, and is still to be done: until the rooms are known, and after an Enter that waits. */
  readonly ahead: readonly Typed[];
  /** The text that is too long for a message, of which its person was told in how many the next Enter sends it. */
  readonly inParts: string | undefined;
  /** When this client last said that it types. */
  readonly typedAt: number;
  /** Whether mentions and direct messages are worth a notification, and when there was one last. */
  readonly bell: boolean;
  readonly notifiedAt: number;
  /** A message to scroll back to once its page is there; until the pane has told where it is then, nothing counts as read. */
  readonly seek: Seek | undefined;
}

interface Seek {
  readonly room: string;
  readonly seq: number;
  /** How many pages were asked for. */
  readonly pages: number;
  /** Whether the pane was told to go there. */
  readonly scrolled: boolean;
}

interface LeftStage {
  readonly name: 'left';
}

export interface OpenRoom {
  readonly room: string;
  readonly load: 'loading' | 'ready';
  /** While it loads: the room as others see it, whose log and members are shown until its own are there. */
  readonly glimpse: Room | undefined;
  /** While it loads: what is asked again when the connection is back, where joining it is not that. */
  readonly asked: Effect | undefined;
  /** While it loads: when it is asked again, because the server could not say for now. */
  readonly askAgainAt: number | undefined;
  /** What is shown. Of someone who has scrolled back far it is a stretch that may end before the newest message: see `live`. */
  readonly log: RoomLog;
  /** The newest of the room, while `log` ends before that; see scroll-back.ts. */
  readonly live: RoomLog | undefined;
  readonly paging: boolean;
  /** The seq after which the "new" line stands. */
  readonly marker: number | undefined;
  /** Messages that were new when it was opened, if they were more than a screen and nobody has looked at them yet; else 0. */
  readonly missed: number;
  /** The highest seq that was reported as read from here. */
  readonly markedSeq: number;
  readonly members: readonly Member[];
  readonly total: number;
  /** Whether there was an outage since they were told: they are asked for when the room is shown. */
  readonly membersAreOld: boolean;
  /** How many are online, where the server names no names. */
  readonly online: number | undefined;
  readonly pending: readonly PendingLine[];
  readonly typing: readonly { readonly id: string; readonly nick: string; readonly until: number }[];
  readonly notes: readonly Note[];
}

/** A message of one's own on its way. */
export interface PendingLine extends PendingReport {
  /** When it was first heard of here. */
  readonly since: number;
  /** Whether it takes so long that this is worth a word. */
  readonly late: boolean;
}

/** What the client tells of such a message. */
export interface PendingReport {
  readonly cid: string;
  readonly text: string;
  readonly state: 'waiting' | 'sending' | 'failed';
  /** Why it failed. */
  readonly words: string;
}

export type Tone = 'plain' | 'good' | 'bad';

/** A line that only this client sees, shown after the event with seq `after`. */
export interface Note {
  readonly id: number;
  readonly after: number;
  readonly tone: Tone;
  readonly words: string;
  /** What the words say, where they say who is called otherwise now. More may come to it. */
  readonly renames?: readonly Rename[];
}

export interface Toast {
  readonly words: string;
  readonly tone: Tone;
  readonly until: number;
}

/** What the message pane shows, as it reports it. */
export interface Viewport {
  readonly atBottom: boolean;
  /** Messages that arrived below what is shown. */
  readonly below: number;
  /** The seq of the first message on the screen while scrolled back. */
  readonly anchor: number | undefined;
}

/** A line that Up finds again in its room: what was written to one person is not offered to all. */
interface EnteredLine {
  readonly room: string;
  readonly text: string;
}

interface RunningCompletion {
  readonly start: number;
  readonly candidates: readonly string[];
  readonly index: number;
  /** The draft before it, for Esc. */
  readonly draft: Draft;
}

export type Popup = HelpPopup | ListPopup | PasswordPopup | LeavePopup;

export interface HelpPopup {
  readonly name: 'help';
  readonly top: number;
  /** When a `?` opened it that may still turn out to be the beginning of a message: until it is looked through. */
  readonly askedAt?: number;
}

export interface ListPopup {
  readonly name: 'list';
  readonly of: 'rooms' | 'users' | 'members' | 'switch';
  readonly load: 'loading' | 'ready' | { readonly failed: string };
  readonly rows: readonly ListPopupRow[];
  readonly total: number;
  readonly filter: Draft;
  readonly selected: number;
}

/** A room or a person to choose in a list. */
export interface ListPopupRow {
  readonly label: string;
  readonly detail: string;
  /** Shown with less weight: someone offline. */
  readonly faint: boolean;
  /** `gone`: a guest who has left, with whom no conversation can be opened. */
  readonly opens: { readonly room: string } | { readonly nick: string } | { readonly gone: string };
}

export interface PasswordPopup {
  readonly name: 'password';
  /** Whose it is. */
  readonly of: RoomPassword | OwnPassword;
  readonly field: Draft;
  readonly words: string;
}

interface RoomPassword {
  readonly room: string;
  /** The room is made with it, not joined. */
  readonly isNew: boolean;
}

/** What was typed so far to change one's own: nothing, the one of now, the new one for the first time. */
export interface OwnPassword {
  readonly current: string | undefined;
  readonly next: string | undefined;
}

export interface LeavePopup {
  readonly name: 'leave';
  /** What is lost by that, a sentence each. */
  readonly losses: readonly string[];
}
