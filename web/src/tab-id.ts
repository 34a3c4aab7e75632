/** The id of this tab: kept over reloads, and another one in a duplicated tab, which gets a copy of sessionStorage. */
const KEY = 'parley.tab';
/** A reload waits this long at most for the page it replaces to let go of the id, which takes a busy machine its time. */
const RELOAD_TIMEOUT_MS = 5000;
/** Whoever else finds an id that another page has is a copy of that page. */
const CLAIM_TIMEOUT_MS = 500;

/** `fresh`: nothing can have been left under it. */
export async function claimTabId(): Promise<{ id: string; fresh: boolean }> {
  const stored = read();
  if (stored !== undefined && (await claim(stored))) return { id: stored, fresh: false };
  const id = newId();
  write(id);
  await claim(id);
  return { id, fresh: true };
}

/** False when another living page has the id. Without locks (plain http) nobody can tell. */
async function claim(id: string): Promise<boolean> {
  const locks = (navigator as Partial<Navigator>).locks;
  if (locks === undefined) return true;
  const timeoutMs = isReload() ? RELOAD_TIMEOUT_MS : CLAIM_TIMEOUT_MS;
  return new Promise((resolve) => {
    locks
      .request(`${KEY}.${id}`, { signal: AbortSignal.timeout(timeoutMs) }, () => {
        resolve(true);
        // Held for as long as the page lives.
        return new Promise<never>(() => {});
      })
      .catch(() => resolve(false));
  });
}

const isReload = (): boolean =>
  performance
    .getEntriesByType('navigation')
    .some((entry) => entry instanceof PerformanceNavigationTiming && entry.type === 'reload');

/** crypto.randomUUID would do, where the page is served over TLS; this works everywhere. */
const newId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

// Storage may be forbidden: then the id lives as long as the page.
function read(): string | undefined {
  try {
    return sessionStorage.getItem(KEY) ?? undefined;
  } catch {
    return undefined;
  }
}

function write(id: string): void {
  try {
    sessionStorage.setItem(KEY, id);
  } catch {
    // As above.
  }
}
