/** A built server as a process of its own: started on a free port and a folder of its own, killed, started again. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';
import { pollFor } from './poll-for.ts';
import { makeTemporaryFolder, type TemporaryFolder } from './temporary-folder.ts';

export interface TestServerOptions {
  /** A bundle in `dist/`: `parley` unless it says otherwise. Anything else is the path of a program for Node. */
  program?: 'parley' | 'core' | 'gateway' | (string & {});
  /** Settings besides address and data folder. Nothing of the test's own environment but PATH gets through. */
  env?: Readonly<Record<string, string>>;
  startTimeoutMs?: number;
}

const DIST = fileURLToPath(new URL('../../../dist/', import.meta.url));

export class TestServer {
  readonly #options: TestServerOptions;
  readonly #folder: TemporaryFolder;
  #child: ChildProcessByStdio<null, Readable, Readable> | undefined;
  readonly #port: number;
  /** What the program wrote, over all its starts. */
  output = '';

  private constructor(options: TestServerOptions, port: number) {
    this.#options = options;
    this.#port = port;
    this.#folder = makeTemporaryFolder();
  }

  /** Starts a server and waits until it can be reached. */
  static async start(options: TestServerOptions = {}): Promise<TestServer> {
    const server = new TestServer(options, await freePort());
    try {
      await server.restart();
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }

  /** `http://127.0.0.1:port`; the same over all starts. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  get isRunning(): boolean {
    const child = this.#child;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get folder(): string {
    return this.#folder.path;
  }

  /** Starts the program again on the same port and folder, after `kill`. */
  async restart(env: Readonly<Record<string, string>> = {}): Promise<void> {
    const name = this.#options.program ?? 'parley';
    const bundle = isAbsolute(name) ? name : `${DIST}${name}.js`;
    if (!existsSync(bundle)) throw new Error(`There is no ${bundle}: run npm run build`);
    const from = this.output.length;
    const child = spawn(process.execPath, [bundle], {
      // Away from the checkout: its .env is nobody's business here.
      cwd: this.#folder.path,
      env: {
        PATH: process.env.PATH,
        SERVER_HOST: '127.0.0.1',
        DATA_DIR: `${this.#folder.path}/data`,
        CHAT_LOG: 'warn',
        ...this.#options.env,
        ...env,
        SERVER_PORT: String(this.#port),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const collect = (chunk: Buffer): void => void (this.output += chunk.toString());
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const { startTimeoutMs = 60_000 } = this.#options;
    const announced = await pollFor(
      () => ({ output: this.output.slice(from), exitCode: child.exitCode, signal: child.signalCode }),
      ({ output, exitCode, signal }) => hasAnnounced(output) || exitCode !== null || signal !== null,
      { timeoutMs: startTimeoutMs, intervalMs: 20, what: `${name} to say where it is` },
    );
    if (!hasAnnounced(announced.output)) {
      throw new Error(`${name} ended with ${announced.exitCode ?? announced.signal}:\n${announced.output}`);
    }
  }

  /** Sends a signal and answers the exit code, or the signal that ended the program. */
  async kill(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals> {
    const child = this.#child;
    if (child === undefined) return 0;
    child.kill(signal);
    return this.exited();
  }

  /** Waits for the program's end. */
  async exited(options: { timeoutMs?: number } = {}): Promise<number | NodeJS.Signals> {
    const child = this.#child;
    if (child === undefined) return 0;
    await pollFor(
      () => child.exitCode ?? child.signalCode,
      (ended) => ended !== null,
      { ...options, what: `the server to end; it wrote:\n${this.output.slice(-4000)}` },
    );
    return child.exitCode ?? child.signalCode ?? 0;
  }

  /** Ends the program and deletes its folder. May be called twice. */
  async close(): Promise<void> {
    if (this.isRunning) await this.kill('SIGKILL');
    this.#folder.remove();
  }
}

/** Whether the server has said that it listens: `… at http://127.0.0.1:PORT`. */
const hasAnnounced = (output: string): boolean => /\bat https?:\/\/[^\s/]+:\d+/.test(output);
