/** Tells the connection what the browser knows sooner than its socket does: networks that come and go, sleep, a look at the tab. */
import type { Connection } from './connection.ts';

const TICK_MS = 5000;
/** Hidden tabs tick once a minute. A longer silence was sleep, and what the other side held of us may be gone. */
const ASLEEP_MS = 90_000;

export function followNetwork(connection: Connection): void {
  window.addEventListener('offline', () => connection.networkLost());
  window.addEventListener('online', () => connection.networkBack());
  let lastTick = Date.now();
  const wake = (): void => {
    const slept = Date.now() - lastTick > ASLEEP_MS;
    lastTick = Date.now();
    if (slept && connection.state.name === 'attached') connection.retry();
    else connection.loseIfSilent();
  };
  setInterval(wake, TICK_MS);
  const seen = (): void => {
    if (document.visibilityState !== 'visible') return;
    wake();
    connection.retryIfWaiting();
  };
  document.addEventListener('visibilitychange', seen);
  // Some browsers bring a page back from their cache without a change of visibility.
  window.addEventListener('pageshow', seen);
  window.addEventListener('focus', seen);
}
