/**
 * Tickets: hosted clients all reach the core from the gateway's address, so the gateway signs the browser's address and
 * the client shows it in the header `x-parley-ticket`. A ticket is no identity: it only says whose limits apply.
 */
import { isIP } from 'node:net';
import { jwtVerify, SignJWT } from 'jose';
import { VerifiedTokens } from './verified-tokens.ts';

const DAY_SECONDS = 86_400;
const TICKET_DAYS = 30;
const MAX_REMEMBERED = 1000;
/** By the secret that they were verified with. A client shows its ticket with each request. */
const verified = new WeakMap<Uint8Array, VerifiedTokens<string>>();
/** By the secret that they were signed with, and by address. */
const signed = new WeakMap<Uint8Array, Map<string, { readonly ticket: string; readonly seconds: number }>>();

/**
 * Signs an address. Valid for at least 29 days, because a hosted session may outlive a week: for a day an address gets the
 * same ticket, so that many who come at once are signed for, and verified, once.
 */
export async function makeTicket(secret: Uint8Array, address: string, now: () => number = Date.now): Promise<string> {
  const seconds = Math.floor(now() / 1000);
  const ofSecret = signed.get(secret) ?? new Map<string, { readonly ticket: string; readonly seconds: number }>();
  signed.set(secret, ofSecret);
  const known = ofSecret.get(address);
  if (known !== undefined && seconds - known.seconds < DAY_SECONDS) return known.ticket;
  const ticket = await new SignJWT({ address })
    .setProtectedHeader({ alg: 'HS256' })
    .setAudience('ticket')
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + TICKET_DAYS * DAY_SECONDS)
    .sign(secret);
  ofSecret.delete(address);
  ofSecret.set(address, { ticket, seconds });
  const [oldest] = ofSecret.keys();
  if (ofSecret.size > MAX_REMEMBERED && oldest !== undefined) ofSecret.delete(oldest);
  return ticket;
}

/** The address in a ticket, or undefined for one that is missing, forged or expired. */
export async function readTicket(
  secret: Uint8Array,
  ticket: string | string[] | undefined,
  now: () => number = Date.now,
): Promise<string | undefined> {
  if (typeof ticket !== 'string' || ticket.length > 1024) return undefined;
  const remembered = rememberedWith(secret);
  const known = remembered.get(ticket, now());
  if (known !== undefined) return known;
  try {
    const { payload } = await jwtVerify(ticket, secret, {
      algorithms: ['HS256'],
      audience: 'ticket',
      requiredClaims: ['exp'],
      currentDate: new Date(now()),
    });
    const address = payload['address'];
    if (typeof address !== 'string' || isIP(address) === 0) return undefined;
    remembered.add(ticket, address, (payload.exp ?? 0) * 1000);
    return address;
  } catch {
    // Any ticket that does not verify counts as none: the socket's own address applies.
    return undefined;
  }
}

function rememberedWith(secret: Uint8Array): VerifiedTokens<string> {
  let remembered = verified.get(secret);
  if (remembered === undefined) verified.set(secret, (remembered = new VerifiedTokens(MAX_REMEMBERED)));
  return remembered;
}
