/** Writers, readers, wanderers and correctors of some rooms, who go on through every fault, and the check of all that they sent and saw. */
import { TrunkSockets } from '@parley/client';
import { LOBBY, TICKET_HEADER } from '@parley/protocol';
import { pollFor, RawClient } from '@parley/testkit';
import { RawTrunk } from '../../apps/core/test/raw-trunk.ts';
import { BareMember } from './bare-member.ts';
import type { BusyClient } from './busy-client.ts';
import { ClientMember } from './client-member.ts';
import { Corrector } from './corrector.ts';
import { Ledger } from './ledger.ts';
import { coreTicket } from './opened.ts';
import { examine, printReport, type Report } from './report.ts';
import { readHead, readLog } from './room-logs.ts';
import { SeededRandom } from './seeded-random.ts';
import { Wanderer } from './wanderer.ts';

export interface CrowdOptions {
  readonly url: string;
  readonly seed: number;
  /** People on `packages/client`, half of them on one trunk; half of all write. */
  readonly people?: number;
  /** Programs on a bare socket; half of them write, so many messages at a time. */
  readonly programs?: number;
  readonly outstanding?: number;
}

const ROOMS: readonly string[] = [LOBBY, 'dev', 'ops'];
const TIMEOUT_MS = 60_000;

export class Crowd {
  readonly ledger = new Ledger();
  readonly members: readonly (ClientMember | BareMember)[];
  readonly rooms = ROOMS;
  readonly #options: CrowdOptions;
  readonly #writers: readonly (ClientMember | BareMember)[];
  readonly #others: readonly BusyClient[];

  #isExamined = false;

  private constructor(options: CrowdOptions, ticket: string) {
    const { url, seed, people = 4, programs = 4, outstanding = 10 } = options;
    const onTrunk = { createSocket: new TrunkSockets().open, headers: { [TICKET_HEADER]: ticket } };
    this.#options = options;
    const random = new SeededRandom(seed);
    const { ledger, rooms } = this;
    const clients = Array.from(
      { length: people },
      (_, index) =>
        new ClientMember({
          url,
          nick: `person-${index}`,
          rooms,
          ledger,
          random: random.fork(),
          ...(index < people / 2 ? {} : onTrunk),
        }),
    );
    const bare = Array.from({ length: programs }, (_, index) => {
      const nick = `program-${index}`;
      return new BareMember({
        url,
        nick,
        rooms,
        ledger,
        random: random.fork(),
        outstanding: index % 2 === 0 ? outstanding : 0,
      });
    });
    this.members = [...clients, ...bare];
    this.#others = ['dev', 'ops'].flatMap((room) => [
      new Wanderer({ url, nick: `wanderer-${room}`, room, ledger, random: random.fork() }),
      new Corrector({ url, nick: `corrector-${room}`, room, ledger, random: random.fork() }),
    ]);
    this.#writers = [...clients.filter((_, index) => index % 2 === 0), ...bare.filter((_, index) => index % 2 === 0)];
  }

  /** Makes the rooms, lets everyone in, and has the writers write. */
  static async gather(options: CrowdOptions): Promise<Crowd> {
    const founder = await RawClient.enter(options.url, 'founder');
    for (const room of ROOMS) if (room !== LOBBY) await founder.request({ type: 'room.create', room });
    founder.close();
    const ticket = await coreTicket();
    // Refused, its clients would go on without a trunk.
    (await RawTrunk.open(options.url, ticket)).terminate();
    const crowd = new Crowd(options, ticket);
    try {
      await crowd.allAreIn();
    } catch (error) {
      crowd.close();
      throw error;
    }
    crowd.goOn();
    return crowd;
  }

  get acknowledged(): number {
    return this.ledger.acknowledged.size;
  }

  /** How often someone came back. */
  get returns(): number {
    return this.members.reduce((sum, { returns }) => sum + returns, 0);
  }

  /** Waits until everyone is connected and reads every room. */
  async allAreIn(): Promise<void> {
    await pollFor(() => this.members.filter(({ isReady }) => !isReady).map(({ nick }) => nick), [], {
      timeoutMs: TIMEOUT_MS,
      what: 'everyone to be in',
    });
  }

  /** Waits until the server has acknowledged so many more messages: it works, and is in the middle of it. */
  async writes(messages: number): Promise<void> {
    const enough = this.acknowledged + messages;
    await pollFor(
      () => this.acknowledged,
      (acknowledged) => acknowledged >= enough,
      { timeoutMs: TIMEOUT_MS, intervalMs: 2, what: `${messages} messages more to be acknowledged` },
    );
  }

  /** Lets everyone write, wander and correct themselves. */
  goOn(): void {
    for (const writer of this.#writers) writer.startWriting();
    for (const other of this.#others) other.begin();
  }

  /** After `settle`: one message, by one of those who have no patience with the server. */
  writeOne(): void {
    this.#writers.find((writer) => writer instanceof BareMember)?.startWriting(1);
  }

  /** From now on nothing is begun; what was begun goes on until it is acknowledged. */
  hush(): void {
    for (const writer of this.#writers) writer.stopWriting();
    for (const other of this.#others) other.rest();
  }

  /**
   * After `hush`: waits until everything is acknowledged and everyone has been shown every log to its end. With no later
   * event to give it away, a lost one has to be noticed by the server itself.
   */
  async settle(): Promise<void> {
    const patience = { timeoutMs: TIMEOUT_MS, intervalMs: 20 };
    const isBusy = (): string[] => [...this.#writers, ...this.#others].filter(({ isDone }) => !isDone).map(String);
    await pollFor(isBusy, [], { ...patience, what: 'everything to be acknowledged' });
    for (const room of this.rooms) {
      const head = await pollFor(
        () => readHead(this.#options.url, room),
        (seq) => seq > 0,
        patience,
      );
      const isBehind = (): string[] =>
        this.members.filter(({ reading }) => reading.cursor(room) < head).map(({ nick }) => nick);
      await pollFor(isBehind, [], { ...patience, what: `everyone to be shown ${room} up to ${head}` });
    }
  }

  /** Ends the writing, lets everyone come to the end of each log, and holds everything against it. */
  async finish(what: string): Promise<Report> {
    const { url } = this.#options;
    this.hush();
    // What does not come in time is lost: the report says so, in more words than a poll.
    await this.settle().catch(() => {});
    const logs = new Map(await Promise.all(this.rooms.map(async (room) => [room, await readLog(url, room)] as const)));
    this.#isExamined = true;
    const report = examine({
      ledger: this.ledger,
      logs,
      readings: this.members.map(({ reading }) => reading),
      orderly: new Set(this.members.filter((member) => member instanceof ClientMember).map(({ nick }) => nick)),
    });
    printReport(`${what}; ${this.returns} returns`, this.#options.seed, report);
    const unanswered = report.sent - report.acknowledged;
    if (unanswered === 0) return report;
    return { ...report, problems: [...report.problems, `${unanswered} messages were never acknowledged`] };
  }

  close(): void {
    if (!this.#isExamined) console.log(`This was seed ${this.#options.seed}: ${this.members.map(String).join('; ')}`);
    for (const member of [...this.members, ...this.#others]) member.close();
  }
}
