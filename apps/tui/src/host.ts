/** The program `tui-host`: many clients in one process, for a gateway. */
import { serveHost } from './host/serve-host.ts';
import { Glimpses } from './runtime/glimpses.ts';
import { PublicReading } from './runtime/public-reading.ts';
import { createTui } from './tui.ts';

const reading = new PublicReading();
const glimpses = new Glimpses((server) => reading.isOn(server));
void serveHost(({ client, ...terminal }) => createTui({ ...client, ...terminal, hosted: true, glimpses }));
