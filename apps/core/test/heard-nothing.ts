import type { RawClient } from '@parley/testkit';
import { expect } from 'vitest';

/** Nothing that matches has come by the time a ping has been answered. */
export async function heardNothing(client: RawClient, match: Parameters<RawClient['unread']>[0]): Promise<void> {
  await client.request({ type: 'ping' });
  expect(client.unread(match)).toEqual([]);
}
