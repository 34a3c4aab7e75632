/** A gateway on a port of its own that runs the test program, and pages that are bare WebSockets. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLogger, type HttpServer, startHttpServer } from '@parley/service';
import { makeTemporaryFolder, pollFor } from '@parley/testkit';
import { build } from 'esbuild';
import express from 'express';
import { afterAll, afterEach } from 'vitest';
import { WebSocket } from 'ws';
import { blessedPlugin } from '../../../packages/terminal/build/blessed-plugin.mjs';
import { createGateway, type Gateway, type GatewayConfig, type GatewayOptions, type TuiProgram } from '../src/index.ts';
import { expectNoPrograms } from './child-programs.ts';

const DEFAULT_CONFIG: GatewayConfig = {
  logLevel: 'silent',
  maxSessions: 500,
  maxSessionsPerAddress: 500,
  sessionIdleMinutes: 60,
  sessionGraceMinutes: 10,
  sessionsPerTuiProcess: 1,
  sessionUser: { uid: 65_534, gid: 65_534 },
  trustProxy: 0,
  allowedOrigins: [],
  publicUrl: undefined,
  coreUrl: undefined,
  jwtSecret: undefined,
};

const programFolder = makeTemporaryFolder();
afterAll(() => programFolder.remove());
let programs: Promise<{ tuiProgram: TuiProgram; tuiHost: TuiProgram }> | undefined;

/** The test program, alone in a process (`program.cjs`) and many in one (`host.cjs`). */
export function buildPrograms(): Promise<{ tuiProgram: TuiProgram; tuiHost: TuiProgram }> {
  programs ??= (async () => {
    await build({
      absWorkingDir: fileURLToPath(new URL('./fixtures/', import.meta.url)),
      entryPoints: { program: './program.cjs', host: './host.ts' },
      outdir: programFolder.path,
      outExtension: { '.js': '.cjs' },
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      // The host around the test program is the real one, which imports a little of the terminal.
      plugins: [blessedPlugin()],
      logLevel: 'warning',
    });
    return {
      tuiProgram: { path: join(programFolder.path, 'program.cjs') },
      tuiHost: { path: join(programFolder.path, 'host.cjs') },
    };
  })();
  return programs;
}

export interface TestGateway {
  readonly url: string;
  readonly port: number;
  readonly gateway: Gateway;
  /** How many sessions it says it has. */
  sessionCount(): Promise<number>;
  close(): Promise<void>;
}

/** Where no core is. */
export const NO_CORE = 'http://127.0.0.1:9';

/** As much of a core as a page needs that keeps its first cookie: it knows whose that is, and replaces none. */
async function startCookieCore(): Promise<{ url: string; close(): void }> {
  const server = createServer((request, response) => {
    const browser = /^\/api\/browser-cookies\/([0-9a-f]{32})[0-9a-f]{32}\/show$/.exec(request.url ?? '')?.[1];
    response.writeHead(browser === undefined ? 503 : 200).end(JSON.stringify({ browser }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

export async function startGateway(
  config: Partial<GatewayConfig> = {},
  options: Partial<Omit<GatewayOptions, 'config'>> = {},
): Promise<TestGateway> {
  const temporary = makeTemporaryFolder();
  const folder = temporary.path;
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<meta property="csp-nonce" nonce="{{nonce}}" /><p>the page</p>');
  writeFileSync(join(folder, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(folder, 'assets/main-abc.js'), 'void 0;');
  const built = await buildPrograms();
  const core = options.coreUrl === undefined ? await startCookieCore() : undefined;
  const gateway = await createGateway({
    config: { ...DEFAULT_CONFIG, ...config },
    log: createLogger('gateway', 'silent'),
    coreUrl: core?.url ?? NO_CORE,
    ...built,
    webFolder: folder,
    ...options,
  }).catch((error: unknown) => {
    core?.close();
    throw error;
  });
  const app = express();
  app.use(gateway.router);
  const server: HttpServer = await startHttpServer({ host: '127.0.0.1', port: 0 }, app, [gateway.handleUpgrade]);
  return {
    url: server.url,
    port: server.port,
    gateway,
    async sessionCount() {
      const answer = await fetch(`${server.url}/healthz`);
      return ((await answer.json()) as { sessions: number }).sessions;
    },
    async close() {
      const stopped = server.close();
      await gateway.close();
      await stopped;
      core?.close();
      temporary.remove();
    },
  };
}

/** A cookie that the gateway could have made; each letter is another browser. */
export const cookieOf = (letter: string): string => letter.repeat(43);

/** A browser, and a tab of it. */
export const ada = { cookie: cookieOf('a') };
export const tab = 'tab-of-ada';

export interface PageOptions {
  cookie?: string;
  origin?: string | undefined;
  headers?: Record<string, string>;
  /** Acknowledges what comes, as the real page does. Default true. */
  acks?: boolean;
}

/** The other end of `/terminal`, without a terminal: keeps what it is sent. */
export class TestPage {
  readonly socket: WebSocket;
  readonly controls: { type: string; [name: string]: unknown }[] = [];
  /** Sizes of the binary frames. */
  readonly frames: number[] = [];
  text = '';
  closeCode: number | undefined;
  /** The HTTP status of an upgrade that was refused. */
  refusedStatus: number | undefined;

  constructor(gateway: TestGateway, options: PageOptions = {}) {
    const origin = 'origin' in options ? options.origin : gateway.url;
    this.socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/terminal`, {
      ...(origin === undefined ? {} : { origin }),
      headers: {
        ...(options.cookie === undefined ? {} : { cookie: `theme=dark; parley=${options.cookie}` }),
        ...options.headers,
      },
    });
    this.socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) {
        this.controls.push(JSON.parse(data.toString('utf8')) as { type: string });
        return;
      }
      this.frames.push(data.length);
      // Enough to search in, and small enough for a flood.
      this.text = (this.text + data.toString('utf8')).slice(-200_000);
      if (options.acks ?? true) this.control({ type: 'ack', bytes: data.length });
    });
    this.socket.on('close', (code) => (this.closeCode = code));
    this.socket.on('unexpected-response', (_request, response) => (this.refusedStatus = response.statusCode));
    this.socket.on('error', () => {});
  }

  get bytes(): number {
    return this.frames.reduce((sum, size) => sum + size, 0);
  }

  control(message: unknown): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  type(text: string): void {
    this.socket.send(Buffer.from(text), { binary: true });
  }

  /** Opens, attaches, and resolves when the program's screen is there. */
  async attach(fields: Record<string, unknown> = {}): Promise<this> {
    await this.opened();
    this.control({ type: 'attach', cols: 80, rows: 24, ...fields });
    await this.shows(/ready|repainted/);
    return this;
  }

  opened(): Promise<unknown> {
    return until('the socket is open', () => this.socket.readyState === WebSocket.OPEN);
  }

  async shows(pattern: RegExp): Promise<RegExpExecArray> {
    let found: RegExpExecArray | null = null;
    await until(
      `the page shows ${String(pattern)}`,
      () => (found = pattern.exec(this.text)) !== null,
      () => this.text.slice(-200),
    );
    if (found === null) throw new Error('unreachable');
    return found;
  }

  async closes(): Promise<number> {
    await until(
      'the socket is closed',
      () => this.closeCode !== undefined,
      () => JSON.stringify(this.controls),
    );
    return this.closeCode ?? 0;
  }

  close(): void {
    this.socket.terminate();
  }
}

/** In a file's top level: the gateway of each test and its pages, closed when it ends. Fails when a program is left then. */
export class GatewayBench {
  #gateway: TestGateway | undefined;
  readonly #pages: TestPage[] = [];

  constructor() {
    afterEach(async () => {
      for (const page of this.#pages.splice(0)) page.close();
      await this.#gateway?.close();
      this.#gateway = undefined;
      expectNoPrograms();
    });
  }

  get gateway(): TestGateway {
    if (this.#gateway === undefined) throw new Error('There is no gateway yet.');
    return this.#gateway;
  }

  async start(...options: Parameters<typeof startGateway>): Promise<TestGateway> {
    this.#gateway = await startGateway(...options);
    return this.#gateway;
  }

  /** The cookie that comes with the page. */
  async load(cookie?: string): Promise<string> {
    const headers = cookie === undefined ? {} : { cookie: `parley=${cookie}` };
    const answer = await fetch(this.gateway.url, { headers });
    return /parley=([^;]+)/.exec(answer.headers.get('set-cookie') ?? '')?.[1] ?? '';
  }

  open(options: PageOptions = {}): TestPage {
    const page = new TestPage(this.gateway, options);
    this.#pages.push(page);
    return page;
  }

  /** For a crowd whose pages have all closed: they are not kept. */
  forgetPages(): void {
    this.#pages.length = 0;
  }
}

/** Polls until the condition holds; after 10 s fails with the last thing seen. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  last: () => unknown = () => false,
): Promise<void> {
  await pollFor(async () => (await condition()) || last(), true, { what });
}
