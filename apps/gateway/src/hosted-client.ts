/** What a terminal client is told about the session it serves: as a message to a host, or as an environment of its own. */
import type { HostedClient } from '@parley/protocol';
import { makeTicket } from '@parley/service';
import type { TerminalOrder } from './terminal-session.ts';

/** What the client of an order is told; signs whom it is for. */
export async function hostedClient(
  order: TerminalOrder,
  coreUrl: string,
  secret: Uint8Array | undefined,
): Promise<HostedClient> {
  return {
    server: coreUrl,
    room: order.room,
    nick: order.nick,
    sessionKey: order.key,
    fresh: order.fresh,
    ticket: secret === undefined ? undefined : await makeTicket(secret, order.address),
    timezone: order.timezone,
    theme: order.theme,
  };
}

/** The same as the environment of a program of its own. It gets to know no more, but for what Node itself is told. */
export function programEnvironment(client: HostedClient): Record<string, string> {
  const optional = {
    TZ: client.timezone,
    PARLEY_ROOM: client.room,
    PARLEY_NICK: client.nick,
    PARLEY_SESSION: client.sessionKey,
    PARLEY_FRESH: client.fresh ? '1' : undefined,
    PARLEY_TICKET: client.ticket,
    PARLEY_THEME: client.theme,
  };
  const environment: Record<string, string> = {
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
    PARLEY_SERVER: client.server,
  };
  for (const [name, value] of Object.entries(optional)) {
    // A NUL would cut the variable short.
    if (value !== undefined) environment[name] = value.replaceAll('\0', '');
  }
  return environment;
}
