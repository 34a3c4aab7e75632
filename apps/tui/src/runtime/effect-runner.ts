/**
 * Does what the state machine wants done outside of the screen, and answers with actions. Holds the one client of this
 * terminal: finds the server, enters, comes back to a session; requests to the server are server-requests'.
 *
 *   no client ──enter / session found──▶ client ──stop-entering──▶ no client
 *                                          │ refused: kept, and used again when the same person enters next
 */
import { ChatClient, type Clock, type CreateSocket, type Credentials } from '@parley/client';
import { webSocketAddress } from '../server-addresses.ts';
import type { Action } from '../state/actions.ts';
import { type Draft, draftOf } from '../state/draft.ts';
import type { Entrance, ServerEffect } from '../state/effects.ts';
import type { Tone } from '../state/state.ts';
import { followClient } from './follow-client.ts';
import { renameGuest } from './guest-rename.ts';
import { IdentityKeeper } from './identity-keeper.ts';
import { wordsOf } from './failure-words.ts';
import { Revocation } from './revocation.ts';
import { problemWith } from './server-check.ts';
import { ServerRequests } from './server-requests.ts';
import { type FoundSession, type SavedPlace, SavedPlaces } from './saved-places.ts';

export interface EffectRunnerOptions {
  readonly push: (action: Action) => void;
  /** There is news, which `read` pushes. */
  readonly newsWaits: (read: () => void, how: { readonly patient: boolean }) => void;
  /** Called whenever the server has answered everything. */
  readonly idle: () => void;
  /** Says when, by calling it. */
  readonly mayConnect: (connect: () => void) => void;
  readonly clock: Clock;
  readonly server: string | undefined;
  readonly linkRoom: string | undefined;
  readonly sessionKey: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly createSocket: CreateSocket;
}

const SESSION_RETRY_MS = 2000;
/** How long leaving waits for the place to be saved. */
const SAVE_TIMEOUT_MS = 1500;

export class EffectRunner {
  readonly #options: EffectRunnerOptions;
  readonly #requests: ServerRequests;
  readonly #places: SavedPlaces | undefined;
  #identity: IdentityKeeper | undefined;
  #client: { readonly chat: ChatClient; readonly server: string; readonly guest: boolean; stop(): void } | undefined;
  /** A guest's token, for coming back under another nick after its client was given up. */
  #guestToken: { readonly server: string; readonly token: string } | undefined;
  /** Counts entrances, so that an answer to one that was given up is ignored. */
  #entrance = 0;
  /** The last entrance of an account. Never rejects. */
  #signingIn: Promise<void> | undefined;
  #cancelRetry: (() => void) | undefined;
  #cancelRename: (() => void) | undefined;
  /** Those that have no answer yet. */
  #passwordChanges = 0;
  /** Sign-outs that the server doesn't know of yet. */
  readonly #signOuts = new Set<Revocation>();
  #isClosed = false;

  constructor(options: EffectRunnerOptions) {
    this.#options = options;
    this.#requests = new ServerRequests(options.push, () => options.clock.now(), options.idle);
    const { server, sessionKey: key, headers, clock } = options;
    if (server !== undefined && key !== undefined) {
      this.#places = new SavedPlaces({ server, key, headers, clock, token: () => this.#token() });
    }
  }

  /** Whether something is on its way to the server, or an answer from it. */
  get isBusy(): boolean {
    const chat = this.#client?.chat;
    if (this.#requests.isWaiting || this.#cancelRename !== undefined || this.#passwordChanges > 0) return true;
    return (
      chat !== undefined &&
      [...chat.rooms.keys()].some((room) => chat.pending(room).some(({ state }) => state !== 'failed'))
    );
  }

  run(effect: ServerEffect): void {
    switch (effect.do) {
      case 'find-session':
        void this.#findSession();
        break;
      case 'check-server':
        void this.#checkServer(effect.address);
        break;
      case 'enter':
        this.#enter(effect.server, effect.entrance);
        break;
      case 'stop-entering':
        this.#giveUpClient();
        break;
      case 'sign-out':
        void this.#signOut();
        break;
      case 'rename':
        this.#rename(effect.nick, effect.seen);
        break;
      case 'change-password':
        void this.#changePassword(effect.current, effect.next);
        break;
      default:
        if (this.#client !== undefined) this.#requests.run(this.#client.chat, effect);
    }
  }

  /** Ends who one is, at the server too. The screen waits for the first answer alone; a server that gave none is told later. */
  async #signOut(): Promise<void> {
    const { clock, headers, push } = this.#options;
    const { chat, guest, server = '' } = this.#client ?? {};
    // Also of one who is not online yet.
    const guestToken = guest === true ? chat?.token : undefined;
    const identity = this.#identity ?? new IdentityKeeper(server, headers);
    const signOut = (): Promise<void> => identity.signOut(guestToken);
    // Where it has run out the place goes with the sign-in, as at every sign-out.
    const token = guestToken ?? identity.heldToken;
    const revocation = this.#places?.remove(() => Promise.resolve(token), signOut) ?? new Revocation(clock, signOut);
    this.#signOuts.add(revocation);
    this.#identity = undefined;
    this.#giveUpClient();
    this.#guestToken = undefined;
    const number = this.#entrance;
    const tell = (problem?: string): void => {
      if (number === this.#entrance) push({ type: 'signed.out', problem });
    };
    const failure = await revocation.try();
    if (failure !== undefined) {
      tell(`You have left; the server will be told as soon as it answers. ${wordsOf(failure)}`);
    }
    await revocation.done;
    this.#signOuts.delete(revocation);
    tell();
    // Whoever is in by now may be the same person: the server has just forgotten all of their places.
    if (failure !== undefined && !this.#isClosed) this.#places?.saveAgain();
  }

  /** Never rejects. */
  async #changePassword(current: string, next: string): Promise<void> {
    const { push, clock, idle } = this.#options;
    const identity = this.#identity;
    const say = (tone: Tone, words: string): void => {
      // Whoever is in by now may be someone else.
      if (identity === this.#identity) push({ type: 'noted', tone, words, keep: false, now: clock.now() });
    };
    this.#passwordChanges += 1;
    try {
      await identity?.changePassword(current, next);
      this.#passwordChanges -= 1;
      say('good', 'Your password is changed.');
    } catch (error) {
      this.#passwordChanges -= 1;
      say('bad', wordsOf(error));
    }
    idle();
  }

  #rename(nick: string, seen: Readonly<Record<string, number>>): void {
    const before = this.#client;
    const token = before?.chat.token;
    if (before === undefined || token === undefined) return;
    this.#cancelRename?.();
    const { push, clock } = this.#options;
    const now = (): number => clock.now();
    // The server ends connections under the old nick: that must not end the chat before the new one is there.
    before.stop();
    let missed: Action[] = [];
    const stop = followClient(
      before.chat,
      (action) => (action.type === 'connection' ? missed.push(action) : push(action)),
      now,
    );
    this.#client = { ...before, stop };
    const follow = (chat: ChatClient): void => {
      this.#cancelRename = undefined;
      stop();
      this.#client = { ...before, chat, stop: followClient(chat, push, now) };
    };
    this.#cancelRename = renameGuest({
      chat: this.#makeClient(before.server, { token, nick }),
      nick,
      seen,
      renamed: (chat) => {
        // What it still holds is told while somebody listens to it.
        before.chat.readNews();
        follow(chat);
        // What was written, and opened, while this connection came about went by the other one.
        chat.takeOver(before.chat);
        before.chat.close();
        push({ type: 'connection', connection: chat.state, now: now() });
        push({ type: 'rooms', rooms: chat.rooms });
        push({ type: 'noted', tone: 'good', words: `You are ${nick} now.`, keep: false, now: now() });
      },
      failed: (words) => {
        follow(before.chat);
        for (const action of missed) push(action);
        missed = [];
        push({ type: 'noted', tone: 'bad', words, keep: false, now: now() });
      },
    });
  }

  /** How often the place could not be saved. */
  get placeFailures(): number {
    return this.#places?.failures ?? 0;
  }

  /** Remembers the place for a session to come back to, where there is one. */
  savePlace(place: SavedPlace, how: { isSending: boolean }): void {
    const link = this.#options.linkRoom;
    const scroll = { ...place.scroll, ...(link === undefined ? {} : { link }) };
    this.#places?.save({ ...place, scroll }, how);
  }

  /**
   * Ends the connection. `forget`: the session is over for good, not only this program. What the server could not be told of
   * that by the end is tried again while the process lives: in a host it does.
   */
  async close(options: { forget: boolean }): Promise<void> {
    this.#isClosed = true;
    const last = [...this.#signOuts].map((revocation) => revocation.try());
    last.push((options.forget ? this.#leave()?.try() : this.#places?.flush()) ?? Promise.resolve());
    // A server that doesn't answer must not keep anyone from leaving.
    let cancel = (): void => {};
    const timeout = new Promise<void>((resolve) => {
      cancel = this.#options.clock.after(SAVE_TIMEOUT_MS, resolve);
    });
    await Promise.race([Promise.all(last), timeout]);
    cancel();
    this.#giveUpClient();
  }

  #leave(): Revocation | undefined {
    const identity = this.#identity;
    const guestToken = this.#client?.chat.token;
    return this.#places?.remove(async () => (await identity?.accessToken()) ?? guestToken);
  }

  /** One account's entrance at a time asks the server: whoever gives up and tries again has to wait for the answer. */
  #enter(server: string, entrance: Entrance): void {
    const number = ++this.#entrance;
    const before = entrance.as === 'guest' ? undefined : this.#signingIn;
    const entering = (async () => {
      await before;
      if (number === this.#entrance) await this.#enterNow(server, entrance, number);
    })();
    if (entrance.as !== 'guest') this.#signingIn = entering;
  }

  /** Never rejects. */
  async #enterNow(server: string, entrance: Entrance, number: number): Promise<void> {
    const identity = new IdentityKeeper(server, this.#options.headers);
    let credentials: Credentials;
    try {
      this.#identity = identity;
      credentials = await identity.enter(entrance);
    } catch (error) {
      if (number === this.#entrance) this.#options.push({ type: 'welcome.failed', words: wordsOf(error) });
      return;
    }
    if (number === this.#entrance) this.#connect(server, credentials, identity.account);
  }

  /** `account`: who signed in, to the server; undefined for guests. */
  #connect(server: string, credentials: Credentials, account: string | undefined): void {
    const before = this.#client;
    const guest = account === undefined;
    const again = before?.server === server ? backAgain(before, credentials, account) : undefined;
    if (before !== undefined && again !== undefined) {
      before.chat.setCredentials(again);
      // The chat begins anew, with none of what its rooms showed: they have to come with their newest page again.
      before.chat.forgetLiveRooms();
      before.chat.connect();
      return;
    }
    // With it goes what it still had to send: it was another one's.
    this.#giveUpClient();
    if (!guest) this.#guestToken = undefined;
    const kept = this.#guestToken;
    const { push } = this.#options;
    const isKnown = guest && credentials.token === undefined && kept?.server === server;
    const known = isKnown ? { token: kept.token, nick: credentials.nick } : credentials;
    const chat = this.#makeClient(server, known);
    this.#client = { chat, server, guest, stop: followClient(chat, push, () => this.#options.clock.now()) };
    this.#options.mayConnect(() => chat.connect());
  }

  #makeClient(server: string, credentials: Credentials): ChatClient {
    const { headers, createSocket, newsWaits } = this.#options;
    const read = (): void => chat.readNews();
    const chat = new ChatClient({
      url: webSocketAddress(server),
      credentials,
      headers,
      createSocket,
      newsWaits: (how) => newsWaits(read, how),
    });
    return chat;
  }

  #giveUpClient(): void {
    this.#entrance++;
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    this.#cancelRename?.();
    this.#cancelRename = undefined;
    const client = this.#client;
    if (client === undefined) return;
    this.#client = undefined;
    const { token, you, state } = client.chat;
    // A token that is good no longer would keep the next guest out.
    const isRevoked = state.name === 'refused' && state.code !== 'nick_taken';
    if (isRevoked) this.#guestToken = undefined;
    else if (you?.guest === true && token !== undefined) this.#guestToken = { server: client.server, token };
    client.stop();
    client.chat.close();
  }

  async #checkServer(address: string): Promise<void> {
    const number = ++this.#entrance;
    const problem = await problemWith(address);
    if (number !== this.#entrance) return;
    if (problem === undefined) this.#options.push({ type: 'server.answered', server: address });
    else this.#options.push({ type: 'welcome.failed', words: problem });
  }

  async #findSession(): Promise<void> {
    const number = ++this.#entrance;
    const { push, server, linkRoom } = this.#options;
    if (this.#places === undefined || server === undefined) {
      push({ type: 'session.missing' });
      return;
    }
    let found: FoundSession | undefined;
    try {
      found = await this.#places.find();
    } catch {
      if (number !== this.#entrance) return;
      push({ type: 'welcome.progressed', words: 'The server does not answer yet. Trying again …' });
      this.#cancelRetry = this.#options.clock.after(SESSION_RETRY_MS, () => void this.#findSession());
      return;
    }
    if (number !== this.#entrance) return;
    if (found === undefined) {
      push({ type: 'session.missing' });
      return;
    }
    // A link to another room than the session was opened with asks for that room.
    const follows = linkRoom === undefined || found.scroll?.link === linkRoom;
    const room = follows ? found.room : linkRoom;
    const anchor = follows ? found.scroll?.anchor : undefined;
    // Each in the room that it was written in, whichever one is opened.
    push({ type: 'session.found', you: found.you, room, drafts: draftsOf(found), anchor });
    this.#identity = new IdentityKeeper(server, this.#options.headers);
    this.#connect(server, this.#identity.comeBack(found), this.#identity.account);
  }

  async #token(): Promise<string | undefined> {
    // Asked of this client, though another one may be there by then.
    const chat = this.#client?.chat;
    return (await this.#identity?.accessToken()) ?? chat?.token;
  }
}

/**
 * What a client that was refused goes on with when it is the same person who enters next, so that what was on its way is
 * sent; undefined for anybody else. An account is told by its id, a guest by the token of the nick that another one has.
 */
function backAgain(
  { chat, guest }: { readonly chat: ChatClient; readonly guest: boolean },
  credentials: Credentials,
  account: string | undefined,
): Credentials | undefined {
  const { state, token, you } = chat;
  if (state.name !== 'refused') return undefined;
  if (account !== undefined) return you?.id === account ? credentials : undefined;
  const { nick } = credentials;
  const isRenamed = guest && state.code === 'nick_taken' && nick !== undefined && token !== undefined;
  return isRenamed ? { token, nick } : undefined;
}

/** What was being written, by room; what was changed last comes last, as in a chat. */
function draftsOf({ room, draft, drafts = [] }: FoundSession): ReadonlyMap<string, Draft> {
  const found = new Map(drafts.toReversed().map(({ room: name, text }) => [name, draftOf(text)] as const));
  if (room !== undefined && draft !== undefined && draft !== '') found.set(room, draftOf(draft));
  return found;
}
