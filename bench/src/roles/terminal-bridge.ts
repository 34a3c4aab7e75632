/**
 * The peer of a browser session: a program under node-pty, bridged to a WebSocket that speaks the page's protocol. Each
 * session has a folder of its own, for irssi with its configuration; sessions end with their socket.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { makeTemporaryFolder } from '@parley/testkit';
import type { Attach } from '@parley/protocol';
import { type IPty, spawn } from 'node-pty';
import { type WebSocket, WebSocketServer } from 'ws';

const folder = makeTemporaryFolder();
process.on('exit', () => folder.remove());

export interface BridgedProgram {
  /** The program and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** Where irssi connects to. */
  readonly ircPort?: number;
}

export const role = {
  async listen(program: BridgedProgram): Promise<{ port: number }> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    server.on('connection', (socket) => bridge(socket, program));
    await new Promise((resolve) => server.once('listening', resolve));
    return { port: (server.address() as AddressInfo).port };
  },

  /** Deletes the sessions' folders: the process is about to be ended. */
  clean: () => folder.remove(),
};

function bridge(socket: WebSocket, { command, ircPort }: BridgedProgram): void {
  let pty: IPty | undefined;
  let home = '';
  socket.on('error', () => socket.terminate());
  socket.on('message', (data, isBinary) => {
    const bytes = data as Buffer;
    if (isBinary) return pty?.write(bytes);
    const control = JSON.parse(bytes.toString()) as Attach | { type: 'ack' };
    if (control.type !== 'attach' || pty !== undefined) return undefined;
    home = join(folder.path, control.nick ?? '');
    mkdirSync(home);
    if (ircPort !== undefined) writeIrssiConfig(home, control.nick ?? '', control.room ?? '', ircPort);
    const [file, ...programArguments] = command;
    pty = spawn(file, programArguments, {
      cols: control.cols,
      rows: control.rows,
      cwd: home,
      env: { TERM: 'xterm-256color', LANG: 'C.UTF-8', PATH: process.env.PATH, HOME: home },
      encoding: null,
    });
    pty.onData((output) => {
      if (socket.readyState === socket.OPEN) socket.send(output, { binary: true });
    });
    pty.onExit(() => socket.close());
    socket.send(JSON.stringify({ type: 'attached', resumed: false }));
    return undefined;
  });
  socket.on('close', () => {
    pty?.kill('SIGKILL');
    // Not typed; without it the descriptor stays open.
    (pty as (IPty & { destroy(): void }) | undefined)?.destroy();
    rmSync(home, { recursive: true, force: true });
  });
}

function writeIrssiConfig(home: string, nick: string, room: string, port: number): void {
  mkdirSync(join(home, '.irssi'));
  writeFileSync(
    join(home, '.irssi', 'config'),
    `servers = ( { address = "127.0.0.1"; chatnet = "bench"; port = "${port}"; autoconnect = "yes"; family = "inet"; } );
chatnets = { bench = { type = "IRC"; nick = "${nick}"; cmdspeed = "1"; cmdmax = "1000"; }; };
channels = ( { name = "#${room}"; chatnet = "bench"; autojoin = "yes"; } );
settings = {
  core = { real_name = "bench"; user_name = "bench"; nick = "${nick}"; };
  "fe-common/core" = { autocreate_own_query = "no"; use_status_window = "no"; use_msgs_window = "no"; window_auto_change = "yes"; };
  "fe-text" = { term_charset = "UTF-8"; };
};
`,
  );
}
