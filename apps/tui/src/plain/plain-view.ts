/**
 * A client as lines of text, for screen readers, pipes and dumb terminals: no cursor is moved and nothing is painted over.
 * What is new in the state since the last one becomes lines; lines of input become actions, when it is their turn.
 *
 *   open ──all lines are done, or their person gives up──▶ done
 *     ├──all lines are done, and nobody has said who they are; or a line took too long──▶ done (failed)
 *     ├──nobody is there to see that one can't come in, or to a room──▶ done (failed)
 *     └──nobody reads the output any more──▶ done; failed where a line is not sent, or more may come
 */
import type { Clock } from '@parley/client';
import type { ScreenOutput } from '@parley/terminal';
import { isQuit, leadsElsewhere } from '../commands/parse-entry.ts';
import type { Action } from '../state/actions.ts';
import type { ScrollMove } from '../state/effects.ts';
import { askedField } from '../state/line-entry.ts';
import { activeRoom } from '../state/open-room.ts';
import { shownName } from '../state/room-list.ts';
import type { ChatStage, TuiState, WelcomeStage } from '../state/state.ts';
import type { ClientView } from '../views/client-view.ts';
import type { WallClock } from '../views/wall-clock.ts';
import { LineQueue } from './line-queue.ts';
import { type EditedTerminal, LineEditor } from './line-editor.ts';
import { type LineHandlers, type LineInput, LineReader, type LineSource } from './line-reader.ts';
import { aside, connectionWords, helpLines, listLines, passwordLine, questionOf } from './plain-words.ts';
import { RoomWriter } from './room-writer.ts';

/** How it ends. `interrupted`: by Ctrl+C, where the terminal makes no signal of it. */
export type PlainEnd = 'done' | 'failed' | 'interrupted';

export interface PlainViewOptions {
  readonly input: LineInput;
  readonly output: ScreenOutput;
  /** Both, where they are a terminal on which lines can be edited. */
  readonly terminal?: EditedTerminal | undefined;
  /** Whether a person types: then what fails is said, and is no failure in the end. */
  readonly interactive: boolean;
  readonly clock: Clock;
  readonly wall?: WallClock | undefined;
  /** Whether something that was asked of the server is still on its way. */
  isBusy(this: void): boolean;
  onAction(this: void, action: Action): void;
  onDone(this: void, end: PlainEnd): void;
}

export class PlainView implements ClientView {
  readonly #options: PlainViewOptions;
  readonly #reader: LineSource;
  readonly #lines: LineQueue;
  readonly #rooms: RoomWriter;
  #state: TuiState | undefined;
  #before: TuiState | undefined;
  #question = '';
  #failed = false;
  #isOver = false;
  #isOffline = false;
  /** Whether the line that was taken last goes to another room, as coming in does. */
  #leadsElsewhere = true;
  readonly #gone = (): void => this.#finish(this.#unsent > 0 || !this.#lines.hasEnded ? 'failed' : 'done');

  constructor(options: PlainViewOptions) {
    this.#options = options;
    options.output.on('error', this.#gone);
    this.#lines = new LineQueue({
      clock: options.clock,
      canTake: () => this.#canTake(),
      givesUp: (waiting) => this.#givesUp(waiting),
      onLine: (text) => this.#take(text),
      onOver: (why) => this.#linesOver(why),
    });
    this.#rooms = new RoomWriter({
      interactive: options.interactive,
      wall: options.wall,
      write: (...lines) => this.#write(...lines),
      problem: (words) => this.#problem(words),
      needsOlder: (viewport) => options.onAction({ type: 'viewport', viewport, nearTop: true }),
    });
    const handlers: LineHandlers = {
      onLine: (line, wasHidden) => {
        if (wasHidden) this.#write('');
        this.#lines.push(line);
      },
      onEnd: () => this.#lines.end(),
      onInterrupt: () => this.#finish('interrupted'),
    };
    this.#reader =
      options.terminal === undefined ? new LineReader(options, handlers) : new LineEditor(options.terminal, handlers);
  }

  update(state: TuiState): void {
    this.#before = this.#state;
    this.#state = state;
    this.#lines.acted();
    const { stage } = state;
    if (stage.name === 'welcome') {
      this.#rooms.begin();
      this.#writeWelcome(stage);
    }
    if (stage.name === 'chat') this.#writeChat(stage, state.now);
    // What went wrong before is not forgotten.
    if (stage.name === 'left') this.#finish('done');
  }

  whenReady(run: () => void): void {
    queueMicrotask(run);
  }

  settled(): void {
    this.#lines.pump();
  }

  scroll(move: ScrollMove): void {
    const chat = this.#chat();
    const open = chat === undefined ? undefined : activeRoom(chat);
    if (chat !== undefined && open !== undefined && 'to' in move && move.to === 'pageUp')
      this.#rooms.writeOlder(chat, open);
  }

  notify(): void {
    if (this.#options.interactive) this.#options.output.write('\x07');
  }

  setTheme(): void {
    // Lines have the terminal’s colours.
  }

  resize(): void {
    // Lines are as long as they are.
  }

  repaint(): void {
    // What was written is written.
    this.#reader.redraw();
  }

  detach(): void {
    // Lines are for whoever reads them later, too.
  }

  suspend(): void {
    this.#reader.suspend();
  }

  close(): void {
    this.#isOver = true;
    this.#lines.close();
    this.#reader.close();
    this.#options.output.removeListener('error', this.#gone);
  }

  /** How many lines are not known to be done. Each waits for the one before it: no more than one is on its way. */
  get #unsent(): number {
    return this.#lines.size + (this.#options.isBusy() ? 1 : 0);
  }

  #chat(): ChatStage | undefined {
    const stage = this.#state?.stage;
    return stage?.name === 'chat' ? stage : undefined;
  }

  #take(text: string): void {
    const { interactive, clock, onAction } = this.#options;
    const stage = this.#state?.stage;
    const isForNick = stage?.name === 'welcome' && stage.mode === 'guest' && askedField(stage) === 'nick';
    // A script means it to be said. Taken for a nick, it would be lost without a word.
    if (isForNick && !interactive && !text.startsWith('/')) {
      return this.#problem('Nobody can be asked for a nick here. Give one: --nick <nick>');
    }
    const isPassword = stage?.name === 'chat' && stage.popup?.name === 'password';
    if (!isPassword) this.#leadsElsewhere = stage?.name !== 'chat' || leadsElsewhere(text);
    onAction({ type: 'line', text, now: clock.now(), isPiped: !interactive });
  }

  #canTake(): boolean {
    const { stage } = this.#state ?? {};
    if (stage?.name === 'welcome') {
      return stage.progress.name !== 'busy' && stage.progress.name !== 'waiting';
    }
    if (stage?.name !== 'chat') return false;
    if (this.#options.isBusy()) return false;
    const open = activeRoom(stage);
    if (stage.popup?.name === 'password') return true;
    return open?.load === 'ready' && stage.popup === undefined;
  }

  #linesOver(why: 'done' | 'given up' | 'late'): void {
    if (why === 'late') {
      const count = this.#unsent;
      const words = `${count} ${count === 1 ? 'line was' : 'lines were'} not sent: the server took too long.`;
      if (count > 0) this.#write(aside(words));
    }
    // Where all is done, and someone would still have to say who they are, nothing was.
    const failed = why === 'late' || (why === 'done' && this.#state?.stage.name === 'welcome');
    this.#finish(failed ? 'failed' : 'done');
  }

  /** A person who wants to leave need not wait until it is their line's turn: not at all while nothing can be sent. */
  #givesUp(waiting: readonly string[]): boolean {
    if (!this.#options.interactive) return false;
    const heard = this.#isOffline ? waiting : waiting.slice(0, 1);
    return heard.some(isQuit);
  }

  #finish(end: PlainEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#lines.close();
    this.#options.onDone(end === 'done' && this.#failed ? 'failed' : end);
  }

  #writeWelcome(stage: WelcomeStage): void {
    const { progress } = stage;
    const before = this.#before?.stage;
    const isSame = before?.name === 'welcome' && before.progress === progress;
    // That it tries again and again was said once.
    const isRetry = progress.name === 'busy' && this.#isOffline;
    if (!isSame && !isRetry && (progress.name === 'busy' || progress.name === 'said'))
      this.#write(aside(progress.words));
    if (!isSame && progress.name === 'waiting' && !this.#isOffline) {
      this.#isOffline = true;
      // A script is told, and may try again itself.
      if (!this.#options.interactive) return this.#problem(progress.words);
      this.#write(aside(`${progress.words} Trying again and again; /quit or Ctrl+C gives up.`));
    }
    if (progress.name !== 'busy' && progress.name !== 'waiting') this.#isOffline = false;
    if (!isSame && progress.name === 'failed') this.#problem(progress.words);
    if (progress.name === 'busy' || progress.name === 'waiting') {
      this.#question = '';
      this.#reader.hidden = false;
      return;
    }
    const { words, hidden } = questionOf(stage);
    if (words === this.#question && isSame) return;
    this.#question = words;
    // Before the question: who answers at once must not see their password echoed.
    this.#reader.hidden = hidden;
    this.#write(aside(words));
  }

  #writeChat(chat: ChatStage, now: number): void {
    const before = this.#before?.stage.name === 'chat' ? this.#before.stage : undefined;
    this.#question = '';
    this.#writeConnection(chat, before, now);
    const said = this.#rooms.write(chat, before);
    if (chat.toast !== undefined && chat.toast !== before?.toast && !said.has(chat.toast.words)) {
      if (chat.toast.tone === 'bad') this.#problem(chat.toast.words);
      else this.#write(aside(chat.toast.words));
    }
    for (const room of chat.rooms) {
      const known = before?.rooms.find((each) => each.room === room.room);
      if (chat.open.has(room.room) || room.unread === 0 || (known?.unread ?? (before === undefined ? 0 : 1)) > 0)
        continue;
      const name = shownName(room, room.room);
      const how = room.kind === 'direct' ? `/pm ${name.slice(1)}` : `/join ${room.room}`;
      this.#write(aside(`${room.unread} new in ${name}: ${how}`));
    }
    this.#writePopup(chat, before);
  }

  #writeConnection(chat: ChatStage, before: ChatStage | undefined, now: number): void {
    if (chat.connection === before?.connection) return;
    const words = connectionWords(chat.connection, now);
    if (words !== undefined) this.#write(aside(words));
    if (chat.connection.name === 'waiting') this.#isOffline = true;
    if (chat.connection.name === 'online' && (this.#isOffline || before === undefined)) {
      this.#write(aside(`Connected as ${chat.you.nick}. /help lists the commands.`));
      this.#isOffline = false;
    }
  }

  #writePopup(chat: ChatStage, before: ChatStage | undefined): void {
    const { popup } = chat;
    this.#reader.hidden = popup?.name === 'password';
    if (popup === undefined || popup === before?.popup) return;
    if (popup.name === 'password') {
      this.#write(passwordLine(popup));
      return;
    }
    if (popup.name === 'list' && popup.load === 'loading') return;
    // While the full member list is loading, the popup shows the known members; wait for the answer.
    if (popup.name === 'list' && popup.of === 'members' && this.#options.isBusy()) return;
    const lines = popup.name === 'help' ? helpLines() : popup.name === 'list' ? listLines(popup) : [];
    this.#write(...lines);
    if (popup.name === 'list' && typeof popup.load === 'object') this.#failed ||= !this.#options.interactive;
    this.#options.onAction({ type: 'popup.closed' });
  }

  /**
   * Something went wrong. Where nobody can react to it, the exit code tells of it in the end; or at once, where nobody is in or
   * the lines that follow were for a room that one is not in.
   */
  #problem(words: string): void {
    this.#write(aside(words));
    if (this.#options.interactive) return;
    this.#failed = true;
    const isIn = this.#chat() !== undefined;
    if (isIn && !this.#leadsElsewhere) return;
    if (isIn && (this.#lines.size > 0 || !this.#lines.hasEnded))
      this.#write(aside('What follows was for there: it is not sent.'));
    this.#finish('failed');
  }

  #write(...lines: readonly string[]): void {
    if (lines.length > 0 && !this.#isOver) this.#reader.print(`${lines.join('\n')}\n`);
  }
}
