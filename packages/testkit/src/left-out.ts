/**
 * What a test run could not do on this machine. The global setup and the reporter are loaded apart from each other, so
 * the list hangs on the process.
 */

const KEY = Symbol.for('parley.testkit.left-out');

function list(): string[] {
  const holder = globalThis as { [KEY]?: string[] };
  return (holder[KEY] ??= []);
}

/** Notes one thing that was left out, with its reason: `store tests on a real Postgres (no …)`. */
export function leaveOut(what: string): void {
  if (!list().includes(what)) list().push(what);
}

/** Everything noted since the last call. */
export function takeLeftOut(): string[] {
  return list().splice(0);
}
