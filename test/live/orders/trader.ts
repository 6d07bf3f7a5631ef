// A session that trades at a local venue, in a process of its own that dies of SIGKILL at one of its steps:
// before or after a write or flush of its journal, before a request, between request and answer, after the
// answer, and as the venue tells something. `TRADER` says at which, and where it goes on.

import { setTimeout as sleep } from 'node:timers/promises';
import { MINUTE_MS } from '../../../engine/interval.ts';
import { machineClock } from '../../../live/clock.ts';
import type { Feed } from '../../../live/feeds/feed.ts';
import { connectSocket } from '../../../live/feeds/socket.ts';
import type { Inbox } from '../../../live/inbox.ts';
import { type DiskFile, machineDisk } from '../../../live/journal/disk.ts';
import { limitsFor } from '../../../live/orders/limits.ts';
import { OrderPort } from '../../../live/orders/port.ts';
import { Safety, safetyFile } from '../../../live/orders/safety.ts';
import { DEFAULT_LIMITS } from '../../../live/promotion/limits.ts';
import { runSession } from '../../../live/recovery.ts';
import { openClients } from '../../../live/venues/list.ts';
import type { VenueClient } from '../../../live/venues/port.ts';
import { Secret } from '../../../live/venues/secret.ts';
import { instrumentOf } from '../../support/market.ts';
import { configOf, seat, voter } from '../../support/run.ts';

export interface TraderParts {
  readonly venue: 'aster' | 'hyperliquid';
  readonly symbol: string;
  readonly hosts: { readonly restUrl: string; readonly streamUrl: string };
  readonly secrets: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly startMs: number;
  readonly script: string;
  /** Of its steps, the one at which it dies; 0 = none. */
  readonly killAt: number;
  readonly rowMs: number;
  /** After its last row it waits so long for what was begun to end, and so long more for what is unknown. */
  readonly settleMs: number;
  readonly patienceMs: number;
  /** How long a request may live at a venue on this machine; null = as long as at the real one. */
  readonly requestLifeMs: number | null;
  /** What it writes on stderr then. */
  readonly lastWord: string;
}

const parts: TraderParts = JSON.parse(process.env['TRADER']!);
const { venue, symbol, hosts, secrets, folder, startMs, script } = parts;
const { killAt, rowMs, settleMs, patienceMs, requestLifeMs, lastWord } = parts;
const rows = script.trim().split(/\s+/).length;
/** So long after a request has left the venue has it, and has not answered. */
const SENT_MS = 8;

let steps = 0;
function step(): void {
  steps++;
  if (steps === killAt) process.kill(process.pid, 'SIGKILL');
}

function counted(file: DiskFile): DiskFile {
  return {
    ...file,
    async write(bytes, position) {
      step();
      return file.write(bytes, position);
    },
    async datasync() {
      step();
      await file.datasync();
      step();
    },
  };
}

async function between<T>(work: () => Promise<T>): Promise<T> {
  step();
  const answer = work();
  await sleep(SENT_MS);
  step();
  const outcome = await answer;
  step();
  return outcome;
}

function watched(client: VenueClient): VenueClient {
  const brief = requestLifeMs === null ? {} : { requestLifeMs, visibilityLagMs: 0 };
  return {
    ...client,
    capabilities: { ...client.capabilities, ...brief },
    submit: (request) => between(() => client.submit(request)),
    cancel: (...args) => between(() => client.cancel(...args)),
  };
}

const instrument = instrumentOf(symbol, { venue, tickSize: 0.1, lotSize: 0.001 });
const leg = { instrument, primary: 0 };
const market = {
  intervalMs: MINUTE_MS,
  capacity: rows + 4,
  firstRow: 0,
  fromMs: startMs,
  toMs: startMs + (rows + 4) * MINUTE_MS,
  series: [],
  legs: [leg],
};
const sizing = { rule: 'fixed-fraction', notionalFraction: 0.3 } as const;
const trailingStop = { enabled: true, buffer: 0.005, step: 0.001 };
const config = configOf({
  decision: { risk: { sizing, maxPositionFraction: 0.5, trailingStop } },
  world: { venue, cashUsd: 10_000, takerFeeBps: 5 },
});

/** Rows come when orders can leave, and it settles when they did: however slow the machine is. */
const begun = Promise.withResolvers<void>();
/** Orders of which nobody knows what became. */
const unknown = new Set<number>();

async function settle(signal: AbortSignal): Promise<void> {
  const fromMs = machineClock.monotonicMs();
  await machineClock.sleep(settleMs, signal);
  while (unknown.size > 0 && machineClock.monotonicMs() - fromMs < patienceMs) {
    await machineClock.sleep(250, signal);
  }
  // What its end has led to comes to an end as well.
  await machineClock.sleep(settleMs, signal);
}

const feed: Feed = {
  name: 'replay:trader',
  clock: machineClock,
  isOver: () => false,
  async run(inbox: Inbox, afterMs: number, signal: AbortSignal) {
    await begun.promise;
    for (let row = 0; row < rows && !signal.aborted; row++) {
      const openMs = startMs + row * MINUTE_MS;
      if (openMs <= afterMs) continue;
      const tsMs = openMs + MINUTE_MS;
      const close = 50_000 * (1 + 0.004 * Math.sin(row / 2));
      const prices = { open: close, high: close, low: close, close, volume: 1e6 };
      inbox.push({
        lane: 'market',
        event: { kind: 'candle', tsMs, leg: 0, openMs, ...prices },
      });
      inbox.push({ lane: 'market', event: { kind: 'row-closed', tsMs, openMs } });
      await machineClock.sleep(rowMs, signal);
    }
    process.stderr.write(`${lastWord}\n`);
    await settle(signal);
  },
};

const clients = await openClients(
  [{ id: venue, symbols: [symbol], hosts }],
  (name) => (secrets[name] === undefined ? null : new Secret(secrets[name])),
  { clock: machineClock, connect: connectSocket, stateFolder: `${folder}/state` },
);
const strategy = voter('ann', script);
const outcome = await runSession({
  folder,
  identity: { sessionId: 'trader', code: 'test', node: process.version, data: {} },
  config,
  market,
  loaded: { seats: [seat(strategy)], solo: false, files: [], label: 'test' },
  feed,
  openPort: (tellSession, session) => {
    const answer: typeof tellSession = (event) => {
      if (event.kind === 'order-unknown') unknown.add(event.orderId);
      else if ('orderId' in event) unknown.delete(event.orderId);
      tellSession(event);
    };
    const port = new OrderPort(
      {
        open: (id, tell) =>
          watched(
            clients(id, (event) => {
              step();
              tell(event);
            }),
          ),
        instruments: [instrument],
        primaries: [0],
        clock: machineClock,
        safety: new Safety(safetyFile(`${folder}/safety.json`)),
        limits: () =>
          limitsFor(10_000, 2, {
            ...DEFAULT_LIMITS.guard,
            repeatsAMinute: 600,
            entriesAMinute: 600,
          }),
        leverage: 2,
        margin: { mode: 'cross', leverage: 20 },
        sessionId: 'trader',
        capitalUsd: 10_000,
        maxDrawdown: 0.9,
        expiresMs: Number.POSITIVE_INFINITY,
      },
      answer,
      session,
    );
    const begin = port.begin.bind(port);
    port.begin = async (signal) => {
      await begin(signal);
      begun.resolve();
    };
    return port;
  },
  disk: {
    ...machineDisk,
    create: async (path) => counted(await machineDisk.create(path)),
    open: async (path) => counted(await machineDisk.open(path)),
  },
});
const { kernel } = outcome;
console.log(
  JSON.stringify({
    code: outcome.code,
    held: kernel.portfolio.positions[0]!.qty,
    fills: kernel.fills.length,
    rows: kernel.row,
    steps,
    refusals: kernel.desk.refusals.toRecord(),
  }),
);
