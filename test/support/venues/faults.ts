// What a local venue server does wrong when it is told to.
//
// A fault of REST is an answer given instead of the right one; a fault of candles changes numbers
// on their way out, over REST and stream alike.

/** An answer to one request in place of the right one. */
export type RestFault =
  /** A status with a body; `retryAfter` is the header's text (seconds or an HTTP date). */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfter?: string;
      readonly body?: string;
    }
  /** 200 and a page for eyes. */
  | { readonly kind: 'html' }
  /** 200 and the first half of the right JSON. */
  | { readonly kind: 'truncated' }
  /** 200 and this body. */
  | { readonly kind: 'body'; readonly body: string }
  /** The right answer after `ms` of the machine. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** No answer at all; the connection stays. */
  | { readonly kind: 'hang' }
  /** The connection is reset. */
  | { readonly kind: 'reset' }
  /** Heard and carried out after `ms` of the machine; the connection is reset before. */
  | { readonly kind: 'late'; readonly ms: number }
  /** 200 and a body of at least so many bytes. */
  | { readonly kind: 'huge'; readonly bytes: number };

/** A candle as it is written on the wire. */
export interface WireCandle {
  readonly openMs: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
}

export type CandleFault =
  | 'nan'
  | 'infinite'
  | 'negative'
  | 'zero'
  | 'crossed'
  | 'empty'
  | 'hex'
  | 'off-grid'
  | 'spike';

/** Every candle fault that makes the candle impossible (a spike is possible). */
export const IMPOSSIBLE: readonly CandleFault[] = [
  'nan',
  'infinite',
  'negative',
  'zero',
  'crossed',
  'empty',
  'hex',
  'off-grid',
];

/** The candle with the fault in it. */
export function spoiled(wire: WireCandle, fault: CandleFault | null): WireCandle {
  switch (fault) {
    case null:
      return wire;
    case 'nan':
      return { ...wire, close: 'NaN' };
    case 'infinite':
      return { ...wire, high: '1e309' };
    case 'negative':
      return { ...wire, low: `-${wire.low}` };
    case 'zero':
      return { ...wire, low: '0' };
    case 'crossed':
      return {
        ...wire,
        high: wire.low,
        low: wire.high === wire.low ? `${wire.high}1` : wire.high,
      };
    case 'empty':
      return { ...wire, open: '' };
    case 'hex':
      return { ...wire, close: '0x10' };
    case 'off-grid':
      return { ...wire, openMs: wire.openMs + 1 };
    case 'spike':
      return { ...wire, high: String(Number(wire.high) * 10) };
  }
}

/** Stream messages that are not what they should be. */
export const BAD_MESSAGES: readonly string[] = [
  '{"stream":"btcusdt@kline_1m","data":{"e":"kline"',
  '<html>502 Bad Gateway</html>',
  'null',
  '[]',
  '42',
  '""',
  '{}',
];
