/** What tests of nicks do to a real Postgres beside the store. */
import { Client } from 'pg';

/** A connection that looks at who holds a nick, or keeps a guest's row from whoever wants to change it. */
export class NickRows {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  static async connect(url: string | undefined): Promise<NickRows> {
    const client = new Client({ connectionString: url });
    await client.connect();
    return new NickRows(client);
  }

  /** Which store has claimed or renewed the nick last, by its folded form. */
  async storeOf(key: string): Promise<string | undefined> {
    const { rows } = await this.#client.query<{ holder: string }>('select holder from nicks where key = $1', [key]);
    return rows[0]?.holder;
  }

  /** Until the connection is closed. */
  async lockUser(userId: string): Promise<void> {
    await this.#client.query('begin');
    await this.#client.query('select from users where id = $1 for no key update', [userId]);
  }

  close(): Promise<void> {
    return this.#client.end();
  }
}
