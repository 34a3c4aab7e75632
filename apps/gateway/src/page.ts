/** Serves the built page: its index with a nonce and a cookie of its own, and the files beside it. Knows no sessions. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { clientAddress, StartError, strictTransport } from '@parley/service';
import express, { type Router } from 'express';
import helmet from 'helmet';
import { formatCookie, readCookie } from './browser-cookie.ts';
import type { Browsers } from './browsers.ts';
import { compressedFiles } from './compressed-files.ts';
import type { GatewayConfig } from './config.ts';
import { isSecure } from './secure.ts';

/** Stands in web/index.html where each answer's nonce goes. */
const NONCE_PLACEHOLDER = '{{nonce}}';

/** Throws a StartError when the page has not been built. */
export async function servePage(webFolder: string, config: GatewayConfig, browsers: Browsers): Promise<Router> {
  const template = await readFile(join(webFolder, 'index.html'), 'utf8').catch(() => {
    throw new StartError(`The page is missing: there is no index.html in ${webFolder}. Run \`npm run build\`.`);
  });
  const router = express.Router();
  router.use((_request, response, next) => {
    response.locals['nonce'] = randomBytes(16).toString('base64');
    next();
  });
  router.use(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'none'"],
          scriptSrc: ["'self'", "'wasm-unsafe-eval'"],
          // xterm writes style elements while it runs; they carry the nonce.
          styleSrc: ["'self'", (_request, response) => `'nonce-${nonceOf(response)}'`],
          connectSrc: ["'self'"],
          imgSrc: ["'self'", 'data:'],
          fontSrc: ["'self'"],
          manifestSrc: ["'self'"],
          frameAncestors: ["'none'"],
          baseUri: ["'none'"],
          formAction: ["'none'"],
        },
      },
      strictTransportSecurity: strictTransport(config.publicUrl),
      xFrameOptions: { action: 'deny' },
      referrerPolicy: { policy: 'no-referrer' },
    }),
  );
  router.get(['/', '/index.html'], async (request, response) => {
    const address = clientAddress(request, config.trustProxy);
    const cookie = await browsers.cookieFor(readCookie(request.headers.cookie), address);
    response
      .setHeader('Set-Cookie', formatCookie(cookie, isSecure(request, config)))
      .setHeader('Cache-Control', 'private, no-cache')
      .type('html')
      .send(template.replaceAll(NONCE_PLACEHOLDER, nonceOf(response)));
  });
  // Vite puts a hash of the content in these names.
  const assets = join(webFolder, 'assets');
  router.use('/assets', await compressedFiles(assets));
  router.use('/assets', express.static(assets, { immutable: true, maxAge: '1y', index: false }));
  router.use(
    express.static(webFolder, {
      index: false,
      setHeaders: (response) => void response.setHeader('Cache-Control', 'no-cache'),
    }),
  );
  return router;
}

function nonceOf(response: ServerResponse): string {
  const { locals } = response as ServerResponse & { locals?: Record<string, unknown> };
  return String(locals?.['nonce']);
}
