import type { Store } from '@parley/store';
import { afterAll, beforeAll } from 'vitest';
import { openTestStore, type OpenedStore } from '../../../packages/store/test/databases.ts';

/** In a file's top level: a store for all of its tests, closed after everything that the file itself closes. */
export function storeOfFile(): { readonly store: Store } {
  let opened: OpenedStore | undefined;
  beforeAll(async () => {
    opened = await openTestStore();
  });
  afterAll(() => opened?.close());
  return {
    get store() {
      if (opened === undefined) throw new Error('The store is opened before the tests, not before the file.');
      return opened.store;
    },
  };
}
