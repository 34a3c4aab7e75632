/** Opens and closes a few clients on terminals that are not there, so that a host's first real one finds warm code. */
import type { CreateSocket } from '@parley/client';
import type { ScreenInput, ScreenOutput } from '@parley/terminal';
import type { StartProgram } from './tui-host.ts';

const ROUNDS = 5;
/** Nobody listens on the discard port: connecting fails at once, through all the code that connecting takes. */
const NOWHERE = 'http://127.0.0.1:9';

/** Resolves when the host is warm. */
export async function warmUp(start: StartProgram, createSocket: CreateSocket): Promise<void> {
  // A client that is broken from the start is no reason not to serve the others.
  const onFault = (): void => {};
  for (let round = 0; round < ROUNDS; round++) {
    let type: (chunk: string) => void = () => {};
    const input: ScreenInput = {
      on(event: 'data' | 'error', listener: (value: never) => void) {
        if (event === 'data') type = listener as (chunk: string) => void;
      },
      removeListener: () => {},
    };
    const output: ScreenOutput = { write: () => true, writeBytes: () => true, on: () => {}, removeListener: () => {} };
    const client = {
      server: NOWHERE,
      room: undefined,
      nick: round % 2 === 0 ? undefined : 'warm',
      sessionKey: undefined,
      fresh: true,
      ticket: 'none',
      timezone: undefined,
      theme: undefined,
    };
    const program = start({ client, input, output, size: { cols: 120, rows: 40 }, createSocket, onFault });
    type('warm\x1b[A\x1b[B\x7f');
    await new Promise((resolve) => setImmediate(resolve));
    program.resize(100, 30);
    program.repaint();
    program.close();
    await program.done;
  }
}
