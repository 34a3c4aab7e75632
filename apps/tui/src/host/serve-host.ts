/** Makes this process a host of terminal clients: wires the IPC channel, faults, signals and the end. */
import { TrunkSockets } from '@parley/client';
import type { ToHost } from '@parley/protocol';
import { collectWhenQuiet } from '@parley/service/quiet-collector';
import { onProgress } from '@parley/terminal';
import { type StartProgram, TuiHost } from './tui-host.ts';
import { warmUp } from './warm-up.ts';

/** How long saving everyone's place may take when the gateway has gone. */
const EXIT_TIMEOUT_MS = 2000;
/** A host's heap is a tenth of a server's. */
const WORTH_COLLECTING_BYTES = 4 * 2 ** 20;

/** Serves until the gateway closes the channel; then the process exits. */
export async function serveHost(start: StartProgram): Promise<void> {
  if (process.send === undefined) throw new Error('A host of terminals is started by a gateway, not by hand.');
  const report = (error: unknown): void => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  };
  const { open: createSocket } = new TrunkSockets();
  const host = new TuiHost(start, {
    createSocket,
    // While the channel is closing there is nobody to tell.
    send: (message) => void (process.connected && process.send?.(message, undefined, {}, () => {})),
    report,
  });
  onProgress(() => host.beat());
  const onFault = (error: unknown): void => {
    if (host.fault(error)) return;
    report(error);
    // The gateway starts another host, and each client anew where it was.
    process.exit(1);
  };
  process.on('uncaughtException', onFault);
  process.on('unhandledRejection', onFault);
  // A Ctrl-C at the gateway's terminal reaches its children too; they end when the gateway has said goodbye.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  process.on('disconnect', () => {
    setTimeout(() => process.exit(0), EXIT_TIMEOUT_MS);
    void host.close().then(() => process.exit(0));
  });
  await warmUp(start, createSocket);
  collectWhenQuiet({ worthBytes: WORTH_COLLECTING_BYTES });
  process.on('message', (message) => host.receive(message as ToHost));
  if (process.connected) process.send({ type: 'ready' });
  else process.exit(0);
}
