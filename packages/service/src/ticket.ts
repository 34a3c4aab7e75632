/**
 * Tickets: hosted clients all reach the core from the gateway's address, so the gateway signs the browser's address and
 * the client shows it in the header `x-parley-ticket`. A ticket is no identity: it only says whose limits apply.
 */
import { isIP } from 'node:net';
import { jwtVerify, SignJWT } from 'jose';

export const TICKET_HEADER = 'x-parley-ticket';
const TICKET_DAYS = 30;

/** Signs an address. Valid for 30 days, because a hosted session may outlive a week. */
export async function makeTicket(secret: Uint8Array, address: string, now: () => number = Date.now): Promise<string> {
  const seconds = Math.floor(now() / 1000);
  return new SignJWT({ address })
    .setProtectedHeader({ alg: 'HS256' })
    .setAudience('ticket')
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + TICKET_DAYS * 86_400)
    .sign(secret);
}

/** The address in a ticket, or undefined for one that is missing, forged or expired. */
export async function readTicket(
  secret: Uint8Array,
  ticket: string | string[] | undefined,
  now: () => number = Date.now,
): Promise<string | undefined> {
  if (typeof ticket !== 'string' || ticket.length > 1024) return undefined;
  try {
    const { payload } = await jwtVerify(ticket, secret, {
      algorithms: ['HS256'],
      audience: 'ticket',
      requiredClaims: ['exp'],
      currentDate: new Date(now()),
    });
    const address = payload['address'];
    return typeof address === 'string' && isIP(address) !== 0 ? address : undefined;
  } catch {
    // Any ticket that does not verify counts as none: the socket's own address applies.
    return undefined;
  }
}
