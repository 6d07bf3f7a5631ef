// What Aster's error codes mean: asterdex/api-docs @265e024 (2026-06-30), `Error Codes` of the V3 page,
// and `HTTP Return Codes`. A code that stands nowhere here is unknown, whatever its status.

import { BadReply, type Json, jsonOf, objectOf, shown } from '../../../data/venues/said.ts';
import type { RefusalCode, UnknownCode } from '../codes.ts';
import type { Refused, Unknown } from '../port.ts';
import { byStatus, Failed, type Heard, refused, unknown } from '../sender.ts';

const REFUSED: Readonly<Record<number, RefusalCode>> = Object.freeze({
  // Keys, rights, addresses: a person is needed.
  [-1002]: 'auth',
  [-1011]: 'auth',
  [-1022]: 'auth',
  [-2014]: 'auth',
  [-2015]: 'auth',
  [-4056]: 'auth',
  [-4057]: 'auth',
  [-4087]: 'auth',
  [-4088]: 'auth',
  [-1003]: 'throttled',
  [-1015]: 'throttled',
  // Not in the V3 page, in the venue's own skills and in V1: a timestamp outside the window.
  [-1021]: 'clock-skew',
  [-4225]: 'clock-skew',
  [-1111]: 'bad-tick',
  [-4001]: 'bad-tick',
  [-4006]: 'bad-tick',
  [-4007]: 'bad-tick',
  [-4014]: 'bad-tick',
  [-4029]: 'bad-tick',
  [-4003]: 'bad-lot',
  [-4004]: 'bad-lot',
  [-4005]: 'bad-lot',
  [-4023]: 'bad-lot',
  [-4030]: 'bad-lot',
  [-4164]: 'below-min-notional',
  [-2018]: 'insufficient-margin',
  [-2019]: 'insufficient-margin',
  [-4050]: 'insufficient-margin',
  [-4051]: 'insufficient-margin',
  [-2027]: 'leverage',
  [-2028]: 'leverage',
  [-4028]: 'leverage',
  [-4161]: 'leverage',
  [-2021]: 'would-trigger',
  [-4135]: 'would-trigger',
  [-4142]: 'would-trigger',
  [-4002]: 'price-band',
  [-4013]: 'price-band',
  [-4016]: 'price-band',
  [-4024]: 'price-band',
  [-4131]: 'price-band',
  [-4183]: 'price-band',
  [-4184]: 'price-band',
  // Not documented either; of Binance, and nothing else can be meant by it.
  [-5022]: 'would-cross',
  [-1112]: 'no-liquidity',
  [-2020]: 'no-liquidity',
  [-2025]: 'too-many-orders',
  [-4045]: 'too-many-orders',
  [-2016]: 'not-trading',
  [-4140]: 'not-trading',
  [-4141]: 'not-trading',
  [-2022]: 'reduce-only',
  [-2024]: 'reduce-only',
  [-4118]: 'reduce-only',
  [-2011]: 'not-found',
  [-2013]: 'not-found',
  [-2023]: 'liquidating',
});

/** Codes whose own text says that nobody knows, or that the machine behind did not answer. */
const UNKNOWN: Readonly<Record<number, UnknownCode>> = Object.freeze({
  [-1000]: 'server-error',
  [-1001]: 'server-error',
  [-1006]: 'server-error',
  [-1007]: 'timeout',
  [-1010]: 'server-error',
  [-1016]: 'server-error',
  // Not documented; Binance, whose dialect this is, has them for an id that is open already.
  [-4111]: 'duplicate-id',
  [-4116]: 'duplicate-id',
});

/** What was asked for is so already. */
const ALREADY = new Set([-4046, -4059]);

/** An error by its code: null = it says that what was wanted is so already. */
export function byCode(code: number, text: string, waitMs = 0): Refused | Unknown | null {
  if (ALREADY.has(code)) return null;
  if (Object.hasOwn(UNKNOWN, code)) return unknown(UNKNOWN[code]!, text);
  if (/duplicate/i.test(text) && code !== -4115) return unknown('duplicate-id', text);
  if (Object.hasOwn(REFUSED, code)) return refused(REFUSED[code]!, text, waitMs);
  const isOurs = isRequestFault(code);
  return isOurs ? refused('bad-order', text) : unknown('unknown', text);
}

/** Documented faults of a request as it is written; all of them are found before anything is done. */
function isRequestFault(code: number): boolean {
  if (code <= -1100 && code >= -1136) return true;
  if ([-1013, -1014, -1020, -2010, -2026, -4000, -4015, -4020, -4031].includes(code)) return true;
  return [-4060, -4061, -4062, -4082, -4137, -4138, -4139, -4144].includes(code);
}

/** A body of status 200 that is no error, or what came of the request instead. */
export function bodyOf(heard: Heard): unknown {
  const { status, text, retryAfterMs } = heard;
  const words = shown(text);
  let json: unknown;
  try {
    json = jsonOf(text);
  } catch {
    throw new Failed(byStatus(heard, words));
  }
  const error = errorOf(json);
  if (error === null) {
    if (status === 200) return json;
    throw new Failed(byStatus(heard, words));
  }
  // A machine in front that answers 5xx does not know what became of it behind, whatever it says.
  if (status >= 500 || status === 429 || status === 418) throw new Failed(byStatus(heard, words));
  const said = byCode(error.code, shown(`${error.code} ${error.msg}`), retryAfterMs);
  if (said === null) return json;
  throw new Failed(said);
}

/** `{"code":-1121,"msg":"Invalid symbol."}`; a code of 200 is none. */
export function errorOf(json: unknown): { readonly code: number; readonly msg: string } | null {
  let body: Json;
  try {
    body = objectOf(json, 'answer');
  } catch (error) {
    if (error instanceof BadReply) return null;
    throw error;
  }
  if (!('code' in body)) return null;
  const code = Number(body['code']);
  if (code === 200 || code === 0) return null;
  return { code, msg: String(body['msg'] ?? '') };
}
