/** Which web pages may talk to the core. Upgrades and state-changing requests ask the same question here. */

export interface OriginPolicy {
  /** Origins (`https://chat.example.org`) besides the server's own. */
  readonly allowedOrigins: readonly string[];
  /** Where the server is reached from outside; its origin is its own, whatever Host a proxy sets. */
  readonly publicUrl?: string | URL | undefined;
}

/** Whether a request with these headers may act. No Origin is no browser, and allowed. */
export function originAllowed(origin: string | undefined, host: string | undefined, policy: OriginPolicy): boolean {
  return origin === undefined || isOwnOrigin(origin, host, policy) || isListedOrigin(origin, policy);
}

/** Whether the origin is in ALLOWED_ORIGINS: those get CORS headers. */
export function isListedOrigin(origin: string, policy: OriginPolicy): boolean {
  const normal = originOf(origin);
  return normal !== undefined && policy.allowedOrigins.some((allowed) => originOf(allowed) === normal);
}

function isOwnOrigin(origin: string, host: string | undefined, policy: OriginPolicy): boolean {
  const normal = originOf(origin);
  if (normal === undefined) return false;
  if (policy.publicUrl !== undefined && originOf(String(policy.publicUrl)) === normal) return true;
  // The scheme is the page's: a proxy that ends TLS leaves the Host without it, and a default port may be left out.
  const { protocol, host: originHost } = new URL(normal);
  const own = `${protocol}//${host ?? ''}`;
  return host !== undefined && URL.canParse(own) && new URL(own).host === originHost;
}

/** The origin in its normal form; undefined for `null` and for what is no web address. */
function originOf(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const { protocol, origin } = new URL(address);
  return protocol === 'http:' || protocol === 'https:' ? origin : undefined;
}
