/**
 * What a client in lines has written of each room, and what is new in it: events, notes and messages that failed as they
 * come, those that were changed once more, older messages when they are asked for. Knows neither input nor when it ends.
 */
import { listedRoom } from '../state/open-room.ts';
import { shownName } from '../state/room-list.ts';
import type { Rename } from '../state/renames.ts';
import { changedMessages } from '../state/room-log.ts';
import type { ChatStage, Note, OpenRoom, Viewport } from '../state/state.ts';
import type { WallClock } from '../views/wall-clock.ts';
import { aside, eventLines, lastSeqOf, renameLine, roomWords } from './plain-words.ts';

export interface RoomWriterOptions {
  /** Whether a person reads: then a room begins with some messages of before. */
  readonly interactive: boolean;
  readonly wall: WallClock | undefined;
  write(this: void, ...lines: readonly string[]): void;
  /** Says that something went wrong. */
  problem(this: void, words: string): void;
  /** Messages are wanted from before those that are known. */
  needsOlder(this: void, viewport: Viewport): void;
}

/** Messages of before that a room begins with, and that `/older` adds. */
const FIRST_LINES = 10;
const OLDER_LINES = 20;

/** What was written of a room. */
interface Written {
  /** Events from `first` to `last` were written, or skipped on purpose. */
  first: number;
  last: number;
  note: number;
  /** Older messages are wanted, and were not there yet. */
  wantsOlder: boolean;
}

export class RoomWriter {
  readonly #options: RoomWriterOptions;
  readonly #written = new Map<string, Written>();
  /** The room that its person was told to be in. */
  #here = '';

  constructor(options: RoomWriterOptions) {
    this.#options = options;
  }

  /** Whoever comes in next has been told nothing. */
  begin(): void {
    this.#here = '';
    this.#written.clear();
  }

  /** Writes what is new in the open rooms since `before`; answers the notes among it. */
  write(chat: ChatStage, before: ChatStage | undefined): ReadonlySet<string> {
    // A room that is opened again counts its notes anew. Its events it does not: what came meanwhile is still to be written.
    for (const [room, written] of this.#written) {
      if (!chat.open.has(room)) this.#written.set(room, { ...written, note: 0, wantsOlder: false });
    }
    const said = new Set<string>();
    for (const open of chat.open.values()) {
      if (open.load === 'ready') this.#writeRoom(chat, open, before?.open.get(open.room), said);
    }
    return said;
  }

  /** Writes some messages from before the oldest that was written, once they are there. */
  writeOlder(chat: ChatStage, open: OpenRoom): void {
    const written = this.#written.get(open.room);
    if (written === undefined) return;
    written.wantsOlder = true;
    this.#writeWanted(chat, open, written);
  }

  #writeRoom(chat: ChatStage, open: OpenRoom, before: OpenRoom | undefined, said: Set<string>): void {
    const { write, interactive, wall } = this.#options;
    const room = listedRoom(chat, open.room);
    const name = shownName(room, open.room);
    if (open.room === chat.active && open.room !== this.#here) {
      this.#here = open.room;
      write(aside(roomWords(room, open)));
    }
    let written = this.#written.get(open.room);
    if (written === undefined) {
      const recent = interactive ? open.log.events.slice(-FIRST_LINES) : [];
      // The newest events may be edits of what was said long before.
      const wantsOlder = interactive && recent.length === 0 && open.log.more;
      written = { first: recent[0]?.seq ?? open.log.lastSeq + 1, last: open.log.lastSeq, note: 0, wantsOlder };
      this.#written.set(open.room, written);
      for (const event of recent) write(...eventLines(event, 0, name, wall));
    }
    for (const event of open.log.events) {
      if (lastSeqOf(event) > written.last) write(...eventLines(event, written.last, name, wall));
    }
    for (const event of before === undefined ? [] : changedMessages(before.log, open.log)) {
      const wasWritten = event.seq >= written.first && event.seq <= written.last;
      if (wasWritten) write(...eventLines(event, 0, name, wall));
    }
    written.last = open.log.lastSeq;
    for (const note of open.notes) {
      if (note.renames !== undefined) this.#writeRenames(note.renames, before, name);
      else if (note.id > written.note) this.#writeNote(note, said);
    }
    written.note = open.notes.at(-1)?.id ?? written.note;
    this.#writeFailures(open, before);
    this.#writeWanted(chat, open, written);
  }

  #writeNote(note: Note, said: Set<string>): void {
    said.add(note.words);
    if (note.tone === 'bad') this.#options.problem(note.words);
    else this.#options.write(aside(note.words));
  }

  /** One by one as they come. */
  #writeRenames(renames: readonly Rename[], before: OpenRoom | undefined, name: string): void {
    const known = before?.load === 'ready' ? before.notes.flatMap((note) => note.renames ?? []) : [];
    for (const rename of renames) {
      if (!known.includes(rename)) this.#options.write(renameLine(rename, name, this.#options.wall));
    }
  }

  #writeFailures(open: OpenRoom, before: OpenRoom | undefined): void {
    for (const line of open.pending) {
      const wasFailed = before?.pending.some(({ cid, state }) => cid === line.cid && state === 'failed');
      if (line.state !== 'failed' || wasFailed === true) continue;
      this.#options.problem(`Not sent: ${line.text} (${line.words}) /retry sends it again, /discard drops it.`);
    }
  }

  #writeWanted(chat: ChatStage, open: OpenRoom, written: Written): void {
    if (!written.wantsOlder || open.paging) return;
    const { write, needsOlder, wall } = this.#options;
    const older = open.log.events.filter((event) => event.seq < written.first).slice(-OLDER_LINES);
    if (older.length === 0 && open.log.more && chat.connection.name === 'online') return needsOlder(chat.viewport);
    written.wantsOlder = false;
    const name = shownName(listedRoom(chat, open.room), open.room);
    if (older.length === 0) return write(aside(`This is the beginning of ${name}.`));
    write(aside(`Older messages of ${name}:`));
    for (const event of older) write(...eventLines(event, 0, name, wall));
    write(aside('These were older messages.'));
    written.first = older[0]?.seq ?? written.first;
  }
}
