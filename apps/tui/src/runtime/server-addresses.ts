/** The addresses of one server, from its base URL (`https://host/path`). */

export const webSocketAddress = (server: string): string => `${server.replace(/^http/u, 'ws').replace(/\/+$/u, '')}/ws`;

export const healthAddress = (server: string): string => `${server.replace(/\/+$/u, '')}/api/health`;

export const terminalSessionAddress = (server: string, key: string): string =>
  `${server.replace(/\/+$/u, '')}/api/terminal-sessions/${key}`;
