// Runs a session and tells what came of it: the same for paper and live.

import type { Command as SessionCommand } from '../engine/event.ts';
import type { Alerts } from '../live/alerts/alerts.ts';
import type { SessionOutcome, SessionPlan } from '../live/recovery.ts';
import { hasColor, printJson, shellWord } from './output.ts';

/** Runs it with the view of it on stderr; Ctrl-C ends it cleanly. What needs a person goes to `alerts`. */
export async function runPlan(
  plan: SessionPlan,
  silent: boolean,
  alerts: Alerts | null = null,
): Promise<SessionOutcome> {
  const { machineClock } = await import('../live/clock.ts');
  const { runSession } = await import('../live/recovery.ts');
  const { hear } = await import('../live/words.ts');
  const { alertsOf } = await import('../live/alerts/session.ts');
  const { ofEnd } = await import('../live/alerts/worth.ts');
  const { screen } = await import('./screen.ts');
  const { surroundings } = await import('./screen-state.ts');
  const { makeRoot } = await import('../data/runs/root.ts');
  makeRoot(plan.folder, '--dir');
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  let say = (_: SessionCommand) => {};
  const view = screen({
    output: process.stderr,
    input: process.stdin,
    color: hasColor(process.stderr),
    silent,
    onCommand: (command) => say(command),
    onQuit: interrupt,
  });
  const around = surroundings(plan, machineClock);
  const { intervalMs } = plan.market;
  const seen = { intervalMs, feed: plan.feed.name };
  const told = alerts === null ? null : alertsOf(alerts, machineClock, seen);
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    const outcome = await runSession(
      {
        ...plan,
        commands: {
          listen(tell, signal) {
            say = tell;
            return hear(plan.folder, machineClock, tell, signal);
          },
        },
        onRow(...seen) {
          view.update(() => around.state(...seen));
          told?.onRow(...seen);
        },
        onNote(...seen) {
          around.note(...seen);
          told?.onNote(...seen);
        },
        onBeat() {
          plan.onBeat?.();
          told?.onBeat();
        },
      },
      stop.signal,
    );
    alerts?.say(ofEnd(outcome.code));
    return outcome;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    view.stop();
  }
}

/** Prints the outcome, leaves trial.json and its page, and sets the exit code. */
export async function show(
  what: 'paper' | 'live',
  plan: SessionPlan,
  outcome: SessionOutcome,
  isJson: boolean,
): Promise<void> {
  if (outcome.code === 'interrupted') process.exitCode = 130;
  else if (outcome.code !== 'ended') process.exitCode = 6;
  const { kernel, digest, decisionDigest, code, recoveredRows, counts } = outcome;
  const { portfolio, fills, row } = kernel;
  const rows = Math.max(0, row - plan.market.firstRow);
  const { equityUsd } = portfolio;
  const { writeTrial } = await import('./trial.ts');
  const { facts, headline, report } = await writeTrial(plan.folder, process.cwd());
  if (isJson) {
    const { replayEqual, signalsEqual, fillErrorBps, equityGapBps, isSevenRealDays } = facts;
    printJson({
      state: code,
      digest,
      decisionDigest,
      rows,
      fills: fills.length,
      trades: kernel.trades.closed(plan.market.firstRow).length,
      equityUsd,
      recoveredRows,
      market: counts,
      trial: { replayEqual, signalsEqual, fillErrorBps, equityGapBps, isSevenRealDays },
      dir: plan.folder,
    });
    return;
  }
  const { percent, usd } = await import('../reports/format.ts');
  const { LABEL_WIDTH, wrap } = await import('../reports/table.ts');
  const change = percent(equityUsd / portfolio.cashUsd - 1, { digits: 2, sign: true });
  const recovered = recoveredRows > 0 ? `   ${recoveredRows} recovered` : '';
  const room = Math.max(30, (process.stdout.columns ?? 100) - LABEL_WIDTH);
  const verdict = wrap(headline, room).join(`\n${' '.repeat(LABEL_WIDTH)}`);
  process.stdout.write(
    [
      `${what.padEnd(11)}${plan.config.name}, ${code}`,
      `rows       ${rows} of ${plan.market.capacity - plan.market.firstRow}${recovered}`,
      `equity     ${usd(equityUsd)} (${change})`,
      `fills      ${fills.length}, positions open ${portfolio.openPositions}`,
      `digest     ${digest}   decisions ${decisionDigest}`,
      `trial      ${verdict}`,
      `report     ${report}`,
      `journal    ${plan.folder}`,
      `check it   npm run -s replay -- ${shellWord(plan.folder)}`,
      '',
    ].join('\n'),
  );
}
