// Preloaded into a process (`node --import`): its clocks run faster than the machine's, all by the same
// factor, and timers with them. A minute of a session then takes seconds, and nothing in it can tell.
//
//   SAPPHIRE_TEST_CLOCK=<UTC ms of the machine>,<UTC ms shown then>,<factor>     the same in every process

const [originMs = 0, shownMs = 0, factor = 1] = (process.env['SAPPHIRE_TEST_CLOCK'] ?? '')
  .split(',')
  .map(Number);

const realNow = Date.now.bind(Date);
const realPerformance = performance.now.bind(performance);
const atLoadMs = realPerformance();

/** UTC ms as such a clock shows it. */
export function shownNow([origin, shown, times]: readonly [number, number, number]): number {
  return Math.floor(shown + (realNow() - origin) * times);
}

if (process.env['SAPPHIRE_TEST_CLOCK'] !== undefined) {
  const RealDate = Date;
  const now = () => shownNow([originMs, shownMs, factor]);
  globalThis.Date = class extends RealDate {
    constructor(...given: [] | ConstructorParameters<typeof RealDate>) {
      if (given.length === 0) super(now());
      else super(...given);
    }
    static override now = now;
  } as DateConstructor;
  performance.now = () => atLoadMs + (realPerformance() - atLoadMs) * factor;
  const { setTimeout: wait, setInterval: repeat } = globalThis;
  const faster = <T extends (...given: never[]) => unknown>(start: T) =>
    ((work: never, ms = 0, ...more: never[]) =>
      start(...([work, Number(ms) / factor, ...more] as never[]))) as unknown as T;
  globalThis.setTimeout = Object.assign(faster(wait), wait);
  globalThis.setInterval = faster(repeat);
}
