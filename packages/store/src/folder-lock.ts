/**
 * Keeps a folder for one process, by a listening Unix socket: the kernel closes it with its process, kill -9 included,
 * and a connection tells the living from the dead (a pid file can't). Everyone listens under a name of their own and
 * shows it by a rename once it listens, so a dead name is never anyone's and can be removed without a race.
 *
 *   listening ──rename──▶ contending ──everyone else is dead or withdrew──▶ held ──release──▶ released
 *                              │ someone holds it, or contends with a lower name: withdraw, refused
 *
 * Of two that contend at once at least one sees the other, because each shows itself before it looks.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, rename, rm } from 'node:fs/promises';
import { type Server, type Socket, connect, createServer } from 'node:net';
import { join } from 'node:path';

const PREFIX = 'lock-';
/** One that listens but says nothing is stopped or very busy, so alive. */
const ANSWER_TIMEOUT_MS = 3000;

export interface FolderLock {
  /** Lets others have the folder. May be called twice. */
  release(): Promise<void>;
}

type State = 'contending' | 'held' | 'released';
/** What another process says about itself; `gone` also for one that withdrew while we asked. */
type Answer =
  { is: 'gone' } | { is: 'holder'; pid: string } | { is: 'contender'; name: string; settled: Promise<Answer> };

/** Takes the lock whose sockets are in the folder, or tells which process has it. */
export async function lockFolder(folder: string): Promise<FolderLock | { heldBy: string }> {
  const claim = await Claim.show(folder);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(PREFIX) || name === claim.name) continue;
    const path = join(folder, name);
    let answer = await ask(path);
    if (answer.is === 'contender' && answer.name > claim.name) {
      // It will withdraw when it sees us, unless it looked before we showed: then it has the lock.
      answer = await answer.settled;
    }
    if (answer.is !== 'gone') {
      await claim.release();
      return { heldBy: answer.is === 'holder' ? answer.pid : 'just starting' };
    }
    await rm(path, { force: true });
  }
  claim.hold();
  return claim;
}

/** Our own socket and what it answers. */
class Claim implements FolderLock {
  readonly name: string;
  readonly #folder: string;
  readonly #server: Server;
  readonly #askers = new Set<Socket>();
  #state: State = 'contending';

  private constructor(folder: string, name: string) {
    this.#folder = folder;
    this.name = name;
    this.#server = createServer((asker) => {
      asker.on('error', () => {}); // it hung up: its business
      asker.on('close', () => this.#askers.delete(asker));
      this.#askers.add(asker);
      if (this.#state === 'contending') asker.write(`contender ${this.name}\n`);
      else this.#tell(asker);
    });
    // A lock is no reason to stay alive.
    this.#server.unref();
  }

  static async show(folder: string): Promise<Claim> {
    const id = randomBytes(8).toString('hex');
    const claim = new Claim(folder, PREFIX + id);
    const hidden = join(folder, id);
    claim.#server.listen(hidden);
    await once(claim.#server, 'listening');
    await rename(hidden, join(folder, claim.name));
    return claim;
  }

  hold(): void {
    this.#state = 'held';
    for (const asker of this.#askers) this.#tell(asker);
  }

  async release(): Promise<void> {
    if (this.#state === 'released') return;
    this.#state = 'released';
    await rm(join(this.#folder, this.name), { force: true });
    for (const asker of this.#askers) asker.destroy();
    this.#server.close();
  }

  #tell(asker: Socket): void {
    if (this.#state === 'held') asker.end(`holder ${process.pid}\n`);
    else asker.destroy();
  }
}

function ask(path: string): Promise<Answer> {
  return new Promise((resolve) => {
    let settle: (answer: Answer) => void = () => {};
    const settled = new Promise<Answer>((resolveSettled) => (settle = resolveSettled));
    const conclude = (answer: Answer): void => {
      resolve(answer);
      settle(answer);
      socket.destroy();
    };
    const silent = (): void => conclude({ is: 'holder', pid: 'that does not answer' });

    const socket = connect(path);
    socket.setTimeout(ANSWER_TIMEOUT_MS, silent);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const dead = error.code === 'ECONNREFUSED' || error.code === 'ENOENT' || error.code === 'ECONNRESET';
      if (dead) conclude({ is: 'gone' });
      else silent();
    });
    socket.on('close', () => conclude({ is: 'gone' }));
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const lines = text.split('\n').slice(0, -1);
      const holder = lines.find((line) => line.startsWith('holder '));
      const contender = lines.find((line) => line.startsWith('contender '));
      if (holder !== undefined) conclude({ is: 'holder', pid: holder.slice('holder '.length) });
      else if (contender !== undefined) {
        resolve({ is: 'contender', name: contender.slice('contender '.length), settled });
      }
    });
  });
}
