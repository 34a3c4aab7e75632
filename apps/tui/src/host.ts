/** The program `tui-host`: many clients in one process, for a gateway. */
import { serveHost } from './host/serve-host.ts';
import { createTui } from './tui.ts';

void serveHost(({ client, ...terminal }) => createTui({ ...client, ...terminal, hosted: true }));
