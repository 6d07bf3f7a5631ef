// The numbers of result.json as a page writes them: for places that repeat it and work nothing out.

import {
  bps,
  count,
  decimal,
  duration,
  percent,
  probability,
  rate,
  utcMinute,
} from '../../../reports/format.ts';
import { numbersIn } from './numbers.ts';

/** Every number and every text of a document, in each way in which pages write one. */
export function poolOf(document: unknown): Set<string> {
  const pool = new Set<string>();
  const add = (text: string) => {
    for (const number of numbersIn(text)) {
      pool.add(number);
      // A loss is told without its sign where a word says so.
      pool.add(number.replace(/^[+-]/, ''));
    }
  };
  const walk = (value: unknown): void => {
    if (typeof value === 'string') add(value);
    else if (typeof value === 'number') {
      for (const digits of [0, 1, 2, 3]) {
        for (const sign of [false, true]) {
          add(decimal(value, { digits, sign }));
          add(percent(value, { digits, sign }));
        }
      }
      for (const write of [bps, count, duration, rate, probability, utcMinute]) add(write(value));
      add(utcMinute(value).slice(0, 10));
      add(String(value));
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, one] of Object.entries(value)) {
        add(key);
        walk(one);
      }
    }
  };
  walk(document);
  return pool;
}
