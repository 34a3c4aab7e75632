/**
 * Lets a gateway on its own answer for the core too, so that one public port is enough: `/api` and `/ws` are passed on as
 * they come, streams and all. It appends the caller's address to X-Forwarded-For: the core behind it sets TRUST_PROXY to
 * one more than the gateway's.
 */
import { type IncomingHttpHeaders, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream';
import { type Logger, refuseUpgrade, type UpgradeHandler } from '@parley/service';

export interface CoreProxy {
  /** True when the request was for the core and will be answered. */
  handleRequest(request: IncomingMessage, response: ServerResponse): boolean;
  readonly handleUpgrade: UpgradeHandler;
  /** Cuts the WebSockets that pass through. */
  close(): void;
}

/** They hold between two neighbours only, and are each side's own. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'upgrade',
];
/** An answer is framed anew: Node has taken its chunks apart, and its client may know none (HTTP/1.0). */
const NOT_OF_AN_ANSWER = [...HOP_BY_HOP, 'transfer-encoding'];
const UNAVAILABLE = JSON.stringify({ error: { code: 'unavailable', message: 'The chat core can’t be reached.' } });

export function createCoreProxy(coreUrl: URL, trustProxy: number, log: Logger): CoreProxy {
  const send = coreUrl.protocol === 'https:' ? httpsRequest : httpRequest;
  const upgraded = new Set<Duplex>();

  /** Where a request would go. Its dots are resolved, so that what is looked at is what the core is asked for. */
  const targetOf = ({ url = '' }: IncomingMessage): URL | undefined =>
    url.startsWith('/') ? new URL(coreUrl.origin + url) : undefined;

  const start = (target: URL, request: IncomingMessage, headers: IncomingHttpHeaders) =>
    send(target, {
      method: request.method ?? 'GET',
      headers: { ...headers, ...forwardedHeaders(request, trustProxy) },
      // One connection a request: a pooled one that the core has just closed would fail a request that is not its fault.
      agent: false,
    });

  return {
    handleRequest(request, response) {
      const target = targetOf(request);
      if (target === undefined || !/^\/api(?:\/|$)/.test(target.pathname)) return false;
      const passed = start(target, request, without(HOP_BY_HOP, request.headers));
      passed.on('response', (answer) => {
        response.writeHead(answer.statusCode ?? 502, without(NOT_OF_AN_ANSWER, answer.headers));
        pipeline(answer, response, () => passed.destroy());
      });
      passed.on('error', (error) => {
        log.warn({ error: error.message }, 'the core can not be reached');
        if (response.headersSent) response.destroy();
        else response.writeHead(503, { 'content-type': 'application/json' }).end(UNAVAILABLE);
      });
      response.on('close', () => passed.destroy());
      request.pipe(passed);
      return true;
    },

    handleUpgrade(request, socket, head) {
      const target = targetOf(request);
      if (target?.pathname !== '/ws') return false;
      const passed = start(target, request, request.headers);
      passed.on('upgrade', (answer, coreSocket, coreHead) => {
        socket.write(headOf(answer));
        socket.write(coreHead);
        coreSocket.write(head);
        upgraded.add(socket);
        socket.once('close', () => upgraded.delete(socket));
        pipeline(socket, coreSocket, socket, () => {});
      });
      passed.on('response', (answer) => {
        socket.write(headOf(answer, NOT_OF_AN_ANSWER, ['Connection: close']));
        // Nobody else ends it when its peer doesn't.
        pipeline(answer, socket, () => socket.destroy());
      });
      passed.on('error', (error) => {
        log.warn({ error: error.message }, 'the core can not be reached');
        refuseUpgrade(socket, 503);
      });
      socket.once('close', () => passed.destroy());
      passed.end();
      return true;
    },

    close() {
      for (const socket of upgraded) socket.destroy();
    },
  };
}

function forwardedHeaders(request: IncomingMessage, trustProxy: number): Record<string, string> {
  const neighbour = request.socket.remoteAddress ?? '';
  const before = trustProxy > 0 ? request.headers['x-forwarded-for'] : undefined;
  const protocol = trustProxy > 0 ? request.headers['x-forwarded-proto'] : undefined;
  return {
    'x-forwarded-for': before === undefined ? neighbour : `${String(before)}, ${neighbour}`,
    'x-forwarded-proto': protocol === undefined ? 'http' : String(protocol),
  };
}

function without(names: readonly string[], headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
}

/** An answer's status line and headers as they came, without some and with more. */
function headOf(answer: IncomingMessage, dropped: readonly string[] = [], added: readonly string[] = []): string {
  const lines = [`HTTP/1.1 ${answer.statusCode ?? 502} ${answer.statusMessage ?? ''}`];
  for (let index = 0; index < answer.rawHeaders.length; index += 2) {
    const name = answer.rawHeaders[index] ?? '';
    if (!dropped.includes(name.toLowerCase())) lines.push(`${name}: ${answer.rawHeaders[index + 1] ?? ''}`);
  }
  return `${[...lines, ...added].join('\r\n')}\r\n\r\n`;
}
