// Preloaded into a process (`node --import`): after a while its clocks run faster than the machine's, all by
// the same factor, and timers with them. A minute of a session then takes seconds, and nothing in it can
// tell. Processes start at the machine's own pace, however busy it is.
//
//   SAPPHIRE_TEST_CLOCK=<UTC ms of the machine>,<UTC ms shown then>,<ms until it is fast>,<factor>
//
// The same four numbers mean the same clock in every process.

export type FastClock = readonly [
  originMs: number,
  shownMs: number,
  slowMs: number,
  factor: number,
];

const realNow = Date.now.bind(Date);
const realPerformance = performance.now.bind(performance);
const realLoadMs = realNow();
const performanceAtLoadMs = realPerformance();

/** What the clock shows at an instant of the machine, and the instant at which it shows that. */
function shownAt([originMs, shownMs, slowMs, factor]: FastClock, realMs: number): number {
  const passedMs = realMs - originMs;
  return shownMs + Math.min(passedMs, slowMs) + Math.max(0, passedMs - slowMs) * factor;
}

function realAt([originMs, shownMs, slowMs, factor]: FastClock, at: number): number {
  const passedMs = at - shownMs;
  return originMs + Math.min(passedMs, slowMs) + Math.max(0, passedMs - slowMs) / factor;
}

/** UTC ms as such a clock shows it now. */
export function shownNow(clock: FastClock): number {
  return Math.floor(shownAt(clock, realNow()));
}

function run(clock: FastClock): void {
  const RealDate = Date;
  const now = () => shownNow(clock);
  globalThis.Date = class extends RealDate {
    constructor(...given: [] | ConstructorParameters<typeof RealDate>) {
      if (given.length === 0) super(now());
      else super(...given);
    }
    static override now = now;
  } as DateConstructor;
  /** The machine's instant by its monotonic clock. */
  const steadyMs = () => realLoadMs + realPerformance() - performanceAtLoadMs;
  const shownAtLoad = shownAt(clock, realLoadMs);
  performance.now = () => shownAt(clock, steadyMs()) - shownAtLoad;
  const realDelay = (ms: number) => {
    const nowMs = steadyMs();
    return Math.max(0, realAt(clock, shownAt(clock, nowMs) + ms) - nowMs);
  };
  const faster = <T extends (...given: never[]) => unknown>(start: T) =>
    ((work: never, ms = 0, ...more: never[]) =>
      start(...([work, realDelay(Number(ms)), ...more] as never[]))) as unknown as T;
  const { setTimeout: wait, setInterval: repeat } = globalThis;
  globalThis.setTimeout = Object.assign(faster(wait), wait);
  globalThis.setInterval = faster(repeat);
}

const given = process.env['SAPPHIRE_TEST_CLOCK'];
if (given !== undefined) run(given.split(',').map(Number) as unknown as FastClock);
