// The instrument table: a venue's trading rules by symbol, and the assumed ones when there are none.

import { InputError } from '../../engine/errors.ts';
import type { Instrument } from '../../engine/market/instrument.ts';
import { assumedInstrument } from '../instruments.ts';
import { venueNames } from '../venue-id.ts';
import type { Database } from './database.ts';

/** The newest stored rules; else assumed ones for the last stored price (1 when there is none). */
export async function readInstrument(
  database: Database,
  venue: string,
  symbol: string,
): Promise<Instrument> {
  const [row] = await database.objects(
    `SELECT *, valid_from_ms::DOUBLE AS from_ms FROM instrument
     WHERE venue IN (${namesOf(venue)}) AND symbol = $1 ORDER BY valid_from_ms DESC LIMIT 1`,
    [symbol],
  );
  if (row === undefined) {
    return assumedInstrument(venue, symbol, (await lastPrice(database, venue, symbol)) ?? 1);
  }
  return Object.freeze({
    venue,
    symbol,
    tickSize: row['tick_size'] as number,
    lotSize: row['lot_size'] as number,
    minNotionalUsd: row['min_notional_usd'] as number,
    makerFeeBps: row['maker_fee_bps'] as number,
    takerFeeBps: row['taker_fee_bps'] as number,
    maxLeverage: row['max_leverage'] as number,
    source: row['source'] as Instrument['source'],
    validFromMs: row['from_ms'] as number,
  });
}

/** Stores rules in place of those with the same venue, symbol and start. */
export async function replaceInstrument(database: Database, one: Instrument): Promise<void> {
  const positive = { tickSize: one.tickSize, lotSize: one.lotSize, maxLeverage: one.maxLeverage };
  for (const [name, value] of Object.entries(positive)) {
    if (value > 0 && Number.isFinite(value)) continue;
    throw new InputError({ key: `${one.venue} ${one.symbol} ${name}`, rule: 'must be > 0', value });
  }
  const startMs = BigInt(one.validFromMs);
  await database.run(
    'DELETE FROM instrument WHERE venue = $1 AND symbol = $2 AND valid_from_ms = $3',
    [one.venue, one.symbol, startMs],
  );
  await database.run('INSERT INTO instrument VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)', [
    one.venue,
    one.symbol,
    one.tickSize,
    one.lotSize,
    one.minNotionalUsd,
    one.makerFeeBps,
    one.takerFeeBps,
    one.maxLeverage,
    one.source,
    startMs,
  ]);
}

async function lastPrice(
  database: Database,
  venue: string,
  symbol: string,
): Promise<number | undefined> {
  const [row] = await database.objects(
    `SELECT arg_max(close, open_ms) AS price FROM candle WHERE dataset IN
       (SELECT id FROM dataset
        WHERE kind = 'candles' AND venue IN (${namesOf(venue)}) AND symbol = $1)`,
    [symbol],
  );
  return (row?.['price'] as number | null) ?? undefined;
}

/** All names of a venue, as SQL: stores of before hold some under another one. */
function namesOf(venue: string): string {
  return venueNames(venue)
    .map((name) => `'${name.replaceAll("'", "''")}'`)
    .join(', ');
}
