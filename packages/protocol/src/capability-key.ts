/** Free of schemas, so that a terminal client does not carry them in memory. */

/** A hash that is a capability: the key of a browser tab, and what a cookie is known by. */
export const HEX_64 = /^[0-9a-f]{64}$/;
