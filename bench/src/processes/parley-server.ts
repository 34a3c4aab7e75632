/** Parley as it is deployed: a built program on a real Postgres, in a process of its own. */
import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemporaryFolder } from '@parley/testkit';
import { Program } from './program.ts';

export interface ParleyOptions {
  readonly program: 'core' | 'gateway';
  /** Where the build is. */
  readonly dist: string;
  /** For a core. */
  readonly databaseUrl?: string;
  /** A free one unless given. */
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeFlags: readonly string[];
  /** A folder for a CPU profile, written when the server ends. */
  readonly profile?: string | undefined;
}

export interface ParleyServer {
  readonly pid: number;
  readonly port: number;
  /** The end of what it wrote: warnings, errors. */
  output(): string;
  end(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts it on a free port; resolves when it says where it is. */
export async function startParley(options: ParleyOptions): Promise<ParleyServer> {
  const { program: name, dist, databaseUrl, port: wanted = 0, env, nodeFlags, profile } = options;
  const bundle = join(dist, `${name}.js`);
  if (!existsSync(bundle)) throw new Error(`There is no ${bundle}: run npm run build.`);
  const folder = makeTemporaryFolder();
  const profiling = profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-interval', '500'];
  const program = new Program(name, process.execPath, [...nodeFlags, ...profiling, bundle], {
    // Away from the checkout, whose .env is nobody's business here; and where profiles are written.
    cwd: folder.path,
    env: {
      PATH: process.env.PATH,
      SERVER_HOST: '127.0.0.1',
      SERVER_PORT: String(wanted),
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
      DATA_DIR: join(folder.path, 'data'),
      RATE_LIMITS: 'off',
      CHAT_LOG: 'warn',
      ...env,
    },
  });
  const end = async (signal?: NodeJS.Signals): Promise<void> => {
    await program.end(signal);
    if (profile !== undefined && existsSync(folder.path)) keepProfiles(folder.path, profile);
    folder.remove();
  };
  process.on('exit', () => folder.remove());
  try {
    const port = await program.ready(() => /\bat https?:\/\/[^\s/]+:(\d+)/.exec(program.output)?.[1]);
    return { pid: program.pid, port: Number(port), output: () => program.output, end };
  } catch (error) {
    await end();
    throw error;
  }
}

function keepProfiles(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const file of readdirSync(from).filter((each) => each.endsWith('.cpuprofile'))) {
    copyFileSync(join(from, file), join(to, file));
    console.log(`CPU profile: ${join(to, file)}`);
  }
}
