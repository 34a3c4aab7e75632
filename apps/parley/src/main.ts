/** Core and gateway in one process on one port: what `npm start` and the single container run. */
import { loadEnvironment, runService } from '@parley/service';
import { startParley } from './parley.ts';

await runService((stopping) =>
  startParley(loadEnvironment(process.cwd()), { tell: (line) => console.log(line), stopping }),
);
