/** HSTS, as helmet takes it: of this host alone, and where the operator says that people come over TLS; else it would be a lie. */
export const strictTransport = (publicUrl: URL | undefined): { includeSubDomains: false } | false =>
  publicUrl?.protocol === 'https:' && { includeSubDomains: false };
