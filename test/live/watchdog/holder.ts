// A process that has what a live session has: the journal's lock, the wallet's, and a watchdog. It beats
// until it is told to leave (SIGTERM), stopped or killed. `HOLDER` is what the watchdog is told.

import { machineClock } from '../../../live/clock.ts';
import { connectSocket } from '../../../live/feeds/socket.ts';
import { JournalLock } from '../../../live/journal/lock.ts';
import { tradedVenue } from '../../../live/venues/list.ts';
import { Secret } from '../../../live/venues/secret.ts';
import { Watchdog } from '../../../live/watchdog/start.ts';

const hello = JSON.parse(process.env['HOLDER']!);
const lock = JournalLock.take(hello.journal, 'holder');
const [venue] = hello.venues;
const client = await tradedVenue(venue.id).open((name) => new Secret(hello.secrets[name]), {
  symbols: venue.symbols,
  tell: () => {},
  clock: machineClock,
  connect: connectSocket,
  stateFolder: hello.stateFolder,
  hosts: venue.hosts,
});
const watchdog = await Watchdog.start(hello, machineClock, (text) => console.log(text));
watchdog.beat();
setInterval(() => watchdog.beat(), 100);
process.on('SIGTERM', async () => {
  watchdog.leave('interrupted');
  await client.close();
  lock.release();
  process.exit(0);
});
console.log(`watched by ${watchdog.pid}`);
