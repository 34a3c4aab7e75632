/** ngircd, an IRC server in C, with its limits off: the peer from Debian. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { findProgram } from './find-program.ts';
import { freePort, makeTemporaryFolder } from '@parley/testkit';
import { Program } from './program.ts';

export interface Ngircd {
  readonly pid: number;
  readonly port: number;
  end(): Promise<void>;
}

/** Undefined where it isn't installed. */
export async function startNgircd(): Promise<Ngircd | undefined> {
  const file = findProgram('ngircd');
  if (file === undefined) return undefined;
  const folder = makeTemporaryFolder();
  const port = await freePort();
  const includes = join(folder.path, 'include');
  mkdirSync(includes);
  const config = join(folder.path, 'ngircd.conf');
  writeFileSync(
    config,
    [
      '[Global]',
      'Name = bench.parley.test',
      'Info = bench',
      'Listen = 127.0.0.1',
      `Ports = ${port}`,
      'MotdPhrase = bench',
      ...(process.getuid?.() === 0 ? ['ServerUID = nobody', 'ServerGID = nogroup'] : []),
      '[Limits]',
      'MaxConnections = 0',
      'MaxConnectionsIP = 0',
      'MaxJoins = 0',
      'MaxNickLength = 16',
      'MaxPenaltyTime = 0',
      'PingTimeout = 3600',
      'PongTimeout = 3600',
      '[Options]',
      'DNS = no',
      'Ident = no',
      'PAM = no',
      `IncludeDir = ${includes}`,
      '',
    ].join('\n'),
  );
  const program = new Program('ngircd', file, ['-n', '-f', config], { cwd: folder.path });
  process.on('exit', () => folder.remove());
  try {
    await program.ready(() => canConnect(port));
  } catch (error) {
    await program.end();
    folder.remove();
    throw error;
  }
  return {
    pid: program.pid,
    port,
    end: async () => {
      await program.end();
      folder.remove();
    },
  };
}

function canConnect(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(undefined));
  });
}
