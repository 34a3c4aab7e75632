/** What this browser remembers for its person. Storage may be forbidden: then it is remembered as long as the page lives. */
type Name = 'font-size' | 'screen-reader' | 'notifications' | 'theme';

const kept = new Map<Name, string>();

export function readPreference(name: Name): string | undefined {
  try {
    return localStorage.getItem(`parley.${name}`) ?? undefined;
  } catch {
    return kept.get(name);
  }
}

export function keepPreference(name: Name, value: string): void {
  kept.set(name, value);
  try {
    localStorage.setItem(`parley.${name}`, value);
  } catch {
    // As above.
  }
}
