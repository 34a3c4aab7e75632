/** Whether the browser reached us over TLS, so that its cookie may be marked Secure. */
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { GatewayConfig } from './config.ts';

export function isSecure(request: IncomingMessage, config: Pick<GatewayConfig, 'trustProxy' | 'publicUrl'>): boolean {
  if ((request.socket as Partial<TLSSocket>).encrypted === true) return true;
  if (config.trustProxy > 0) {
    const protocol = String(request.headers['x-forwarded-proto'] ?? '')
      .split(',')[0]
      ?.trim();
    if (protocol !== undefined && protocol !== '') return protocol === 'https';
  }
  return config.publicUrl?.protocol === 'https:' && config.publicUrl.host === request.headers.host;
}
