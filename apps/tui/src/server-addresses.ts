/** The addresses of one server: its base URL (`https://host/path`), and those that follow from it. */
import { LOBBY } from '@parley/protocol';

export const webSocketAddress = (server: string): string => `${server.replace(/^http/u, 'ws').replace(/\/+$/u, '')}/ws`;

const apiAddress = (server: string, path: string): string => `${server.replace(/\/+$/u, '')}/api/${path}`;

export const healthAddress = (server: string): string => apiAddress(server, 'health');

/** The newest message of the lobby. */
export const newestAddress = (server: string): string =>
  apiAddress(server, `history?room=${LOBBY}&limit=1&activity=off`);

export const terminalSessionAddress = (server: string, key: string): string =>
  apiAddress(server, `terminal-sessions/${key}`);

/** A base URL from what people type: a host alone, with a port, with a scheme. Undefined when it can't be one. */
export function readServerAddress(text: string): string | undefined {
  const trimmed = text.trim().replace(/^ws(s?):\/\//iu, 'http$1://');
  if (trimmed === '' || /\s/u.test(trimmed)) return undefined;
  // Another program's address, such as ftp://….
  if (/^(?!https?:)[a-z][\w+.-]*:\/\//iu.test(trimmed)) return undefined;
  const address = /^https?:\/\//iu.test(trimmed) ? trimmed : `${isLocal(trimmed) ? 'http' : 'https'}://${trimmed}`;
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  return url.hostname === '' ? undefined : `${url.origin}${url.pathname}`.replace(/\/+$/u, '');
}

/** Machines that are rarely behind TLS: this one, bare addresses, hosts with a port. */
const isLocal = (address: string): boolean =>
  /^(localhost|\[|\d{1,3}(\.\d{1,3}){3})/iu.test(address) || /^[^/]+:\d+/u.test(address);
