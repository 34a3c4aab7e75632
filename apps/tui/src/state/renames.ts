/**
 * People who take other nicks in a row, as one line of a room. Nothing in the room's log says so: the server tells it to those
 * who are there, and each client notes it where it was heard. Pure.
 */

/** Someone is called otherwise now. */
export interface Rename {
  /** Whose nick it is. */
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The newest of them are kept. */
const KEPT = 100;

/** With one more. */
export const withAnother = (renames: readonly Rename[], another: Rename): readonly Rename[] =>
  [...renames, another].slice(-KEPT);

/** `ada is now zed, bob is now max and 2 others have new nicks`: what it comes to for each person. */
export function renameWords(renames: readonly Rename[]): string {
  const people = new Map<string, { from: string; to: string }>();
  for (const { id, from, to } of renames) people.set(id, { from: people.get(id)?.from ?? from, to });
  const parts = [...people.values()].map(({ from, to }) =>
    from === to ? `${to} is ${to} again` : `${from} is now ${to}`,
  );
  const named = parts.length <= 3 ? parts : parts.slice(0, 2);
  const others = parts.length - named.length;
  return others === 0 ? named.join(', ') : `${named.join(', ')} and ${others} others have new nicks`;
}
