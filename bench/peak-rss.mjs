// Preloaded into a child process (`node --import`): says at its end how much memory it ever held.

import { writeSync } from 'node:fs';

process.on('exit', () => {
  writeSync(2, `\npeakRssMb ${(process.resourceUsage().maxRSS / 1024).toFixed(1)}\n`);
});
