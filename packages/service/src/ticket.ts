/**
 * Tickets: hosted clients all reach the core from the gateway's address, so the gateway signs the browser's address and
 * the client shows it in a header, the protocol's `TICKET_HEADER`. A ticket is no identity: it only says whose limits apply.
 */
import { isIP } from 'node:net';
import { jwtVerify, SignJWT } from 'jose';
import { ExpiringMap } from './expiring-map.ts';
import { VerifiedTokens } from './verified-tokens.ts';

interface Remembered {
  /** By address, for a day. */
  readonly signed: ExpiringMap<string>;
  /** A client shows its ticket with each request. */
  readonly verified: VerifiedTokens<string>;
}

const DAY_SECONDS = 86_400;
const TICKET_DAYS = 30;
const MAX_REMEMBERED = 1000;
/** The tickets of each secret. */
const remembered = new WeakMap<Uint8Array, Remembered>();

/**
 * Signs an address. Valid for at least 29 days, because a hosted session may outlive a week: for a day an address gets the
 * same ticket, so that many who come at once are signed for, and verified, once.
 */
export async function makeTicket(secret: Uint8Array, address: string, now: () => number = Date.now): Promise<string> {
  const { signed } = rememberedWith(secret);
  const known = signed.get(address, now());
  if (known !== undefined) return known;
  const seconds = Math.floor(now() / 1000);
  const ticket = await new SignJWT({ address })
    .setProtectedHeader({ alg: 'HS256' })
    .setAudience('ticket')
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + TICKET_DAYS * DAY_SECONDS)
    .sign(secret);
  signed.set(address, ticket, (seconds + DAY_SECONDS) * 1000);
  return ticket;
}

/** The address in a ticket, or undefined for one that is missing, forged or expired. */
export async function readTicket(
  secret: Uint8Array,
  ticket: string | string[] | undefined,
  now: () => number = Date.now,
): Promise<string | undefined> {
  if (typeof ticket !== 'string' || ticket.length > 1024) return undefined;
  const { verified } = rememberedWith(secret);
  const known = verified.get(ticket, now());
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
    verified.add(ticket, address, (payload.exp ?? 0) * 1000);
    return address;
  } catch {
    // Any ticket that does not verify counts as none: the socket's own address applies.
    return undefined;
  }
}

function rememberedWith(secret: Uint8Array): Remembered {
  let tickets = remembered.get(secret);
  if (tickets === undefined) {
    tickets = { signed: new ExpiringMap(MAX_REMEMBERED), verified: new VerifiedTokens(MAX_REMEMBERED) };
    remembered.set(secret, tickets);
  }
  return tickets;
}
