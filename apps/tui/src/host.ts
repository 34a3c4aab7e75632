/** The program `tui-host`: many clients in one process, for a gateway. */
import { serveHost } from './host/serve-host.ts';
import { Glimpses } from './runtime/glimpses.ts';
import { createTui } from './tui.ts';

const glimpses = new Glimpses();
void serveHost(({ client, ...terminal }) => createTui({ ...client, ...terminal, hosted: true, glimpses }));
