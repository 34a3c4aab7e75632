/** Who the client says it is, and who the server says it is. Keeps tokens in memory only. */
import type { Welcome, You } from '@parley/protocol';

/** A guest by nick; an account or returning guest by token; a returning guest under a new nick by both. */
export type Credentials =
  | { readonly nick: string; readonly token?: never; readonly renew?: never }
  | {
      readonly token: string;
      readonly nick?: string;
      /** Asked for another token when the server refuses this one: access tokens are short-lived. */
      readonly renew?: () => Promise<string>;
    };

export class Identity {
  #credentials: Credentials;
  /** What `welcome` gave a guest who came by nick. */
  #guestToken: string | undefined;
  /** A nick the next hello asks for: the first one, or another one after `nick_taken`. */
  #wantedNick: string | undefined;
  #you: You | undefined;

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
    this.#wantedNick = credentials.nick;
  }

  /** Who the last welcome said one is. */
  get you(): You | undefined {
    return this.#you;
  }

  get token(): string | undefined {
    return this.#credentials.token ?? this.#guestToken;
  }

  /** A nick alone keeps a known guest, under that nick; a token is someone of its own. */
  set(credentials: Credentials): void {
    this.#credentials = credentials;
    this.#wantedNick = credentials.nick;
    if (credentials.token !== undefined) this.#guestToken = undefined;
  }

  /** The part of hello that says who is there. */
  introduce(): { token?: string; nick?: string } {
    const token = this.token;
    const nick = this.#wantedNick;
    return { ...(token === undefined ? {} : { token }), ...(nick === undefined ? {} : { nick }) };
  }

  /** Takes over what the server says. Answers who one was before, when that was someone else. */
  welcomed(welcome: Welcome): You | undefined {
    const before = this.#you;
    this.#you = welcome.you;
    this.#wantedNick = undefined;
    if (welcome.token !== undefined) {
      if (this.#credentials.token === undefined) this.#guestToken = welcome.token;
      else this.#credentials = { ...this.#credentials, token: welcome.token };
    }
    return before !== undefined && before.id !== welcome.you.id ? before : undefined;
  }

  /** After `unauthorized`: what has to be waited for before another hello can do better; undefined when nothing can. */
  renew(): Promise<void> | undefined {
    const credentials = this.#credentials;
    if (credentials.renew !== undefined) {
      const { renew } = credentials;
      return (async () => {
        const token = await renew();
        if (this.#credentials === credentials) this.#credentials = { ...credentials, token };
      })();
    }
    if (this.#guestToken === undefined) return undefined;
    // The server no longer knows the guest: enter anew under the same nick.
    this.#guestToken = undefined;
    this.#wantedNick ??= this.#you?.nick ?? credentials.nick;
    return Promise.resolve();
  }
}
