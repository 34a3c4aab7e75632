/**
 * What a page in its mode for screen readers speaks: what others say in the open room and change of it, notices, and where its person is.
 * Popups are said as they open, and of lists the row that is chosen. What was there before is not said; neither is what the
 * screen shows besides, which the page's copy of it is for.
 *
 *   off ──the page asks for words──▶ on ──it asks for none──▶ off
 *
 * Of what others do, `MOST_A_SECOND` lines are said a second, and then how many there were besides. While nobody is there
 * nothing is taken for said: whoever comes back hears it.
 */
import { speechRequest } from '@parley/protocol';
import { type InputEvent, type MonotonicClock, sanitize } from '@parley/terminal';
import { buttonLabel, FIELD_LABELS, MODE_LABELS } from '../layout/welcome-layout.ts';
import { connectionWords, eventLines, lastSeqOf, roomWords } from '../plain/plain-words.ts';
import { activeRoom, listedRoom, newestOf } from '../state/open-room.ts';
import { changedMessages, type RoomLog, type ShownEvent } from '../state/room-log.ts';
import type { ChatStage, OpenRoom, TuiState, WelcomeStage } from '../state/state.ts';
import { sayBytes } from './page-bytes.ts';
import { spokenPopup } from './popup-words.ts';

export interface SpeechOptions {
  readonly clock: MonotonicClock;
  /** Whether what is written reaches anyone. */
  isHeard(this: void): boolean;
  write(this: void, bytes: string): void;
}

export const MOST_A_SECOND = 20;

/** What was said of a room, or was there before. */
interface Heard extends Pick<OpenRoom, 'notes' | 'pending'> {
  readonly lastSeq: number;
  readonly log: RoomLog;
}

export class Speech {
  readonly #options: SpeechOptions;
  #isOn = false;
  #before: TuiState['stage'] | undefined;
  readonly #heard = new Map<string, Heard>();
  /** The room that its person was told to be in. */
  #here = '';
  #isOffline = false;
  /** Lines within this second, and those that were too many. */
  #lines = 0;
  #unsaid = 0;
  #cancel: (() => void) | undefined;

  constructor(options: SpeechOptions) {
    this.#options = options;
  }

  /** Takes what the page asks for. Returns whether the event was that. */
  asked(event: InputEvent): boolean {
    if (event.type !== 'reply' || event.kind !== 'status') return false;
    const request = `\x1b[${event.body}n`;
    const isOn = request === speechRequest(true);
    if (!isOn && request !== speechRequest(false)) return false;
    // Also a page that was loaded anew, whose person may not know where they are.
    this.#here = '';
    this.#isOn = isOn;
    if (!isOn) this.#forget();
    return true;
  }

  /** Says what is new in a state since the last one. */
  follow({ stage, now }: TuiState): void {
    if (!this.#isOn || !this.#options.isHeard()) return;
    const before = this.#before;
    this.#before = stage;
    if (stage.name === 'welcome') this.#followWelcome(stage, before?.name === 'welcome' ? before : undefined);
    if (stage.name === 'chat') this.#followChat(stage, before?.name === 'chat' ? before : undefined, now);
  }

  close(): void {
    this.#isOn = false;
    this.#forget();
  }

  #forget(): void {
    this.#before = undefined;
    this.#heard.clear();
    this.#isOffline = false;
    this.#lines = this.#unsaid = 0;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #followWelcome(stage: WelcomeStage, before: WelcomeStage | undefined): void {
    this.#here = '';
    const { progress, focus, mode } = stage;
    if (progress !== before?.progress && 'words' in progress) this.#say(progress.words);
    if (progress.name === 'leaving' && before?.progress.name !== 'leaving') this.#say('Esc once more to leave.');
    if (progress.name === 'busy' || progress.name === 'waiting') return;
    if (mode !== before?.mode) this.#say(MODE_LABELS[mode]);
    if (focus === before?.focus || focus === 'mode') return;
    this.#say(focus === 'go' ? buttonLabel(stage) : FIELD_LABELS[focus]);
  }

  #followChat(chat: ChatStage, before: ChatStage | undefined, now: number): void {
    if (chat.connection !== before?.connection) this.#followConnection(chat, now);
    for (const room of this.#heard.keys()) {
      if (!chat.open.has(room)) this.#heard.delete(room);
    }
    const open = activeRoom(chat);
    const said = open?.load === 'ready' ? this.#followRoom(chat, open) : [];
    const { popup, toast } = chat;
    if (popup !== undefined && popup !== before?.popup) {
      for (const words of spokenPopup(popup, before?.popup)) this.#say(words);
    }
    if (toast !== undefined && toast !== before?.toast && !said.includes(toast.words)) this.#say(toast.words);
  }

  #followConnection({ connection }: ChatStage, now: number): void {
    const words = connectionWords(connection, now);
    if (words !== undefined) this.#say(words);
    if (connection.name === 'online' && this.#isOffline) this.#say('Connected again.');
    if (connection.name === 'waiting') this.#isOffline = true;
    if (connection.name === 'online') this.#isOffline = false;
  }

  /** Returns the notes that it said. */
  #followRoom(chat: ChatStage, open: OpenRoom): readonly string[] {
    const { room, notes, pending } = open;
    // Of someone who has scrolled back too.
    const log = newestOf(open);
    const { events, lastSeq } = log;
    const heard = this.#heard.get(room) ?? { lastSeq, log, notes, pending };
    this.#heard.set(room, { lastSeq: Math.max(heard.lastSeq, lastSeq), log, notes, pending });
    if (this.#here !== room) {
      this.#here = room;
      const known = listedRoom(chat, room);
      this.#say(roomWords(known, open));
    }
    if (lastSeq > heard.lastSeq) {
      for (const event of events) {
        if (lastSeqOf(event) > heard.lastSeq) this.#sayEvent(event, heard.lastSeq, chat.you.id);
      }
    }
    for (const event of changedMessages(heard.log, log)) this.#sayEvent(event, 0, chat.you.id);
    for (const line of pending) {
      const wasFailed = heard.pending.some(({ cid, state }) => cid === line.cid && state === 'failed');
      if (line.state === 'failed' && !wasFailed) this.#say(`Not sent: ${line.text} (${line.words})`);
    }
    const fresh = notes.filter((note) => !heard.notes.includes(note)).map(({ words }) => words);
    for (const words of fresh) this.#say(words);
    return fresh;
  }

  #sayEvent(event: ShownEvent, after: number, you: string): void {
    if (event.type !== 'membership.run' && event.from.id === you) return;
    const lines = eventLines(event, after, undefined);
    // A message is one, however many lines it has.
    if (event.type === 'message') this.#sayInTurn(lines.map((line) => line.trim()).join(' '));
    else for (const line of lines) this.#sayInTurn(line);
  }

  #sayInTurn(words: string): void {
    if (this.#lines === MOST_A_SECOND) {
      this.#unsaid++;
      return;
    }
    this.#lines++;
    this.#say(words);
    this.#cancel ??= this.#options.clock.after(1000, () => {
      this.#cancel = undefined;
      const unsaid = this.#unsaid;
      this.#lines = this.#unsaid = 0;
      if (unsaid > 0) this.#sayInTurn(`…and ${unsaid} more ${unsaid === 1 ? 'message' : 'messages'}`);
    });
  }

  #say(words: string): void {
    if (this.#options.isHeard()) this.#options.write(sayBytes(sanitize(words)));
  }
}
