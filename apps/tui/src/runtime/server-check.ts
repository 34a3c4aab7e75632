/** Whether a Parley server answers at an address that someone has typed. */
import { callHttp } from '@parley/client';
import { healthAddress } from '../server-addresses.ts';

const TIMEOUT_MS = 8000;

/** Words of what is wrong with the address, or undefined where Parley answers. Never rejects. */
export async function problemWith(address: string): Promise<string | undefined> {
  try {
    const url = new URL(healthAddress(address));
    const { text } = await callHttp(url, { method: 'GET', idempotent: true, headers: {}, timeoutMs: TIMEOUT_MS });
    return saysHealth(text) ? undefined : `Something answers at ${address}, but it is not Parley.`;
  } catch {
    return `Nothing answers at ${address}. Is the address right?`;
  }
}

/** Whether it is a core's word of its health. */
function saysHealth(text: string): boolean {
  try {
    const { status } = JSON.parse(text) as { status?: unknown };
    return typeof status === 'string';
  } catch {
    return false;
  }
}
