/**
 * Loaded before a server (`node --import`): its clock is off by as many milliseconds as FAULT_CLOCK_FILE says, read anew at
 * each SIGUSR2. Timers and performance.now() run on, as they do when someone sets a machine's clock.
 */
import { readFileSync } from 'node:fs';

const RealDate = Date;
let offsetMs = 0;

globalThis.Date = class extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(RealDate.now() + offsetMs);
    else super(...parts);
  }

  static now() {
    return RealDate.now() + offsetMs;
  }
};

process.on('SIGUSR2', () => {
  offsetMs = Number(readFileSync(process.env.FAULT_CLOCK_FILE, 'utf8'));
});
