// What agents see of the account: one object, written anew for each leg that is asked about. It says
// how things stand at this close and keeps nothing.

import type { PortfolioView } from '../agents/contract.ts';
import type { Portfolio } from '../portfolio/portfolio.ts';

/** The portfolio as agents are shown it: one object, brought up to date before it is shown. */
export class MutablePortfolioView implements PortfolioView {
  equityUsd = 0;
  drawdown = 0;
  exposure = 0;
  openPositions = 0;
  qty = 0;
  entryPrice = Number.NaN;

  show(portfolio: Portfolio, leg: number): void {
    const position = portfolio.positions[leg]!;
    this.equityUsd = portfolio.equityUsd;
    this.drawdown = portfolio.drawdown;
    this.exposure = portfolio.grossUsd() / portfolio.equityUsd;
    this.openPositions = portfolio.openPositions;
    this.qty = position.qty;
    this.entryPrice = position.entryPrice;
  }
}
