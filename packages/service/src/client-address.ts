/** Where a request comes from: the address that limits go by. Knows no Express, so that upgrades use it too. */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/**
 * The client's address behind `hops` trusted proxies (TRUST_PROXY): each proxy appends to X-Forwarded-For what it saw,
 * so the entry counted from the right is the last one that a trusted proxy wrote. What stands left of it is hearsay.
 */
export function clientAddress(request: Pick<IncomingMessage, 'headers' | 'socket'>, hops: number): string {
  const own = plainAddress(request.socket.remoteAddress ?? '') ?? 'unknown';
  if (hops === 0) return own;
  const header = request.headers['x-forwarded-for'];
  const forwarded = (Array.isArray(header) ? header.join(',') : (header ?? ''))
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  const entry = forwarded[Math.max(0, forwarded.length - hops)];
  return entry === undefined ? own : (plainAddress(entry) ?? own);
}

/** The key limits are counted under: the address, for IPv6 its /64, because one host owns all of that. */
export function addressKey(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const rest = tail === '' ? [] : tail.split(':');
    while (groups.length + rest.length < 8) groups.push('0');
    groups.push(...rest);
  }
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

/** An IP address without port, brackets, zone or the IPv4-in-IPv6 prefix; undefined when it is none. */
function plainAddress(entry: string): string | undefined {
  const bare = entry
    .replace(/^\[([^\]]+)\](?::\d+)?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
    .replace(/%.*$/, '')
    .replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
  return isIP(bare) === 0 ? undefined : bare;
}
