/** A database that takes its time over one thing. */
import { pollFor } from '@parley/testkit';

/**
 * Holds the next call of a method: what is asked, before it is asked, or its answer, once the database has given it. Later
 * calls overtake it.
 */
export function holdNext(part: object, method: string, what: 'question' | 'answer') {
  const methods = part as Record<string, (...args: unknown[]) => Promise<unknown>>;
  const original = methods[method];
  if (original === undefined) throw new Error(`There is no ${method}.`);
  let isHeld = false;
  let release = (): void => {};
  let fail: (error: Error) => void = () => {};
  const released = new Promise<void>((resolve, reject) => {
    release = resolve;
    fail = reject;
  });
  const hold = (): Promise<void> => {
    isHeld = true;
    return released;
  };
  methods[method] = async (...args) => {
    methods[method] = original;
    if (what === 'question') await hold();
    const answer = await original.apply(part, args);
    if (what === 'answer') await hold();
    return answer;
  };
  return {
    /** Resolves when the call has come. */
    held: () => pollFor(() => isHeld, true, { intervalMs: 1, what: `${method} to be held` }),
    release,
    /** Ends the call with an error. */
    fail,
  };
}
