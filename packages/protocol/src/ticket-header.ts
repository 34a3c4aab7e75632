/** Free of schemas, so that a terminal client does not carry them in memory. */

/** The header in which a hosted client shows its ticket to the core, over HTTP and WebSocket (see ticket of the service). */
export const TICKET_HEADER = 'x-parley-ticket';
