/** A redis-server of a test's own, from binaries of this machine: killed, started again with nothing in it, paused. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { freePort, makeTemporaryFolder, pollFor, realPostgres, type TemporaryFolder } from '@parley/testkit';
import { createClient } from 'redis';

/** The path of redis-server: from PATH; undefined where there is none. */
const redisBinary: string | undefined = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'redis-server'))
  .find((path) => existsSync(path));

/** Why there can be no replicas on this machine; undefined where there can. */
export const replicasMissing =
  realPostgres().missing ?? (redisBinary === undefined ? 'no local redis-server' : undefined);

export class LocalRedis {
  readonly port: number;
  readonly #folder: TemporaryFolder;
  #process: ChildProcess | undefined;

  private constructor(port: number, folder: TemporaryFolder) {
    this.port = port;
    this.#folder = folder;
  }

  static async start(): Promise<LocalRedis> {
    const redis = new LocalRedis(await freePort(), makeTemporaryFolder());
    await redis.restart();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it on the same port, empty. */
  async restart(): Promise<void> {
    if (redisBinary === undefined) throw new Error('There is no redis-server.');
    const args = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    this.#process = spawn(redisBinary, [...args, '--dir', this.#folder.path], { stdio: 'ignore' });
    await pollFor(() => this.#answers(), true, { what: 'redis-server to answer' });
  }

  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  async close(): Promise<void> {
    await this.kill();
    this.#folder.remove();
  }

  async #answers(): Promise<boolean> {
    const client = createClient({ url: this.url, socket: { reconnectStrategy: false } });
    client.on('error', () => {});
    try {
      await client.connect();
      return (await client.ping()) === 'PONG';
    } catch {
      return false;
    } finally {
      if (client.isOpen) client.destroy();
    }
  }
}
