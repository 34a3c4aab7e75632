/** Values made once and shared by every process on the database, such as the key that signs tokens. */
import type { Database } from './database.ts';

export class Secrets {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The value under the name; when there is none, what `make` gives, unless another process was faster. */
  async getOrCreate(name: string, make: () => string): Promise<string> {
    const existing = await this.#get(name);
    if (existing !== undefined) return existing;
    await this.#database.sql('insert into secrets (name, value) values ($1, $2) on conflict (name) do nothing', [
      name,
      make(),
    ]);
    const value = await this.#get(name);
    if (value === undefined) throw new Error(`The secret ${name} is gone.`);
    return value;
  }

  async #get(name: string): Promise<string | undefined> {
    const rows = await this.#database.sql<{ value: string }>('select value from secrets where name = $1', [name]);
    return rows[0]?.value;
  }
}
