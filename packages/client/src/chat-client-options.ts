/** What a chat client is made with. */
import type { Clock } from './clock.ts';
import type { Credentials } from './identity.ts';
import type { CreateSocket } from './socket.ts';

export interface ChatClientOptions {
  /** `ws://…/ws` or `wss://…/ws`. */
  url: string;
  credentials: Credentials;
  createSocket?: CreateSocket;
  clock?: Clock;
  /** [0, 1), for jitter. */
  random?: () => number;
  headers?: Readonly<Record<string, string>>;
  /**
   * Takes what nobody waits for (events, hints) when it suits: told when some of it has come, after which `readNews` gives
   * it on, all that has come by then. `patient`: hints only. What answers a request brings what came before it. Default:
   * everything is given on as it comes.
   */
  newsWaits?: ((how: { readonly patient: boolean }) => void) | undefined;
}
