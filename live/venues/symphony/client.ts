// Symphony: not an exchange but a layer that trades for all subscribers of an agent at once. No book, no
// balances, no fills with prices, no client ids (docs.symphony.io; facts of 2026-01).
//
//   open   POST /agent/batch-open    a repeated one opens twice: it is never sent again
//   close  POST /agent/batch-close   a whole batch; closing one that is closed changes nothing
//   swap   POST /agent/batch-swap    for agents that trade spot; never sent again either
//
// Invariant: whatever could not be read is `unknown`, and no query settles it: a person looks. The venue
// carries no ids, so an open or swap whose id may have arrived is not sent again from here.

import { VenueFault } from '../../../data/venues/contract.ts';
import { Quiet } from '../../../data/venues/quiet.ts';
import { InputError } from '../../../engine/errors.ts';
import type { Instrument } from '../../../engine/market/instrument.ts';
import { Allowance } from '../allowance.ts';
import { BARE, bareClient } from '../bare.ts';
import { type ClientOptions, drawn } from '../options.ts';
import type {
  Capabilities,
  OrderName,
  OrderRequest,
  Outcome,
  Refused,
  Unknown,
  VenueClient,
} from '../port.ts';
import { Scrubber, type Secret } from '../secret.ts';
import { refused, Sender, unknown } from '../sender.ts';
import { Wire } from '../wire.ts';
import { answerOf, type BatchAnswer } from './answers.ts';
import { type Batch, Batches } from './batches.ts';
import { LEAST_LEVERAGE, type Sizing, tokenOf, unsendableOf, weightOf } from './sizes.ts';

const ID = 'symphony';
const REST_URL = 'https://api.symphony.io';
/** None are documented: few enough to offend nobody. */
const ALLOWANCE = Object.freeze({
  venueWeightPerMinute: 60,
  weightPerMinute: 60,
  ordersPerMinute: 60,
  urgentFraction: 0.5,
});
const TIMEOUT_MS = 30_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export interface SymphonyOptions extends ClientOptions {
  readonly keys: { readonly apiKey: Secret; readonly agentId: string };
  /** `perps` trade on Base, Arbitrum or Polygon, `swap` buys tokens with `collateralToken`. */
  readonly kind: 'perps' | 'swap';
  readonly sizing: Sizing;
  /** Of a swap: what is paid with, `MON`. */
  readonly collateralToken?: string;
  /** Open batches from before, as they were written down: nobody else knows them. */
  readonly batches?: readonly Batch[];
  readonly hosts?: { readonly restUrl?: string };
}

const CAPABILITIES: Capabilities = Object.freeze({
  ...BARE,
  orderTypes: ['market', 'limit'] as const,
  timesInForce: ['gtc'] as const,
});

/** Opens Symphony for one agent. Throws InputError for what cannot be an agent or a sizing. */
export function openSymphonyClient(options: SymphonyOptions): VenueClient {
  refuseBad(options);
  const { keys, kind, sizing, clock, tell, random = drawn } = options;
  const { scrub } = new Scrubber([keys.apiKey]);
  const quiet = options.quiet ?? new Quiet(clock, random);
  const tuning = { timeoutMs: TIMEOUT_MS, ...options };
  const wire = new Wire(options.hosts?.restUrl ?? REST_URL, clock, tuning);
  const allowance = new Allowance(ALLOWANCE, clock);
  const sender = new Sender({ wire, quiet, allowance, pace: clock, scrub });
  const batches = new Batches(options.batches ?? []);
  const sent = new Set<string>();

  async function post(path: string, body: object, isUrgent: boolean) {
    const make = () => ({
      method: 'POST' as const,
      path,
      headers: { 'content-type': 'application/json', 'x-api-key': keys.apiKey.reveal() },
      body: JSON.stringify({ agentId: keys.agentId, ...body }),
    });
    const answer = answerOf(await sender.send({ weight: 1, orders: 1, isUrgent, make }));
    if (answer.kind === 'refused' && answer.code === 'auth') {
      tell({ kind: 'alert', code: 'auth', text: answer.text });
    }
    return answer;
  }

  async function open(request: OrderRequest): Promise<Outcome> {
    const weight = weightOf(request.notionalUsd, sizing);
    if (typeof weight !== 'number') return weight;
    const symbol = tokenOf(request.symbol);
    const action = request.side > 0 ? 'LONG' : 'SHORT';
    const triggerPrice = request.type === 'limit' ? request.limitPrice : 0;
    const orderOptions = { triggerPrice, stopLossPrice: 0, takeProfitPrice: 0 };
    const { leverage } = sizing;
    const body = { symbol, action, weight, leverage, orderOptions };
    return opened(request, await post('/agent/batch-open', body, false));
  }

  /** Tokens for collateral, or all of them back. */
  async function swap(request: OrderRequest): Promise<Outcome> {
    const [paid, token] = [options.collateralToken!, tokenOf(request.symbol)];
    const weight = request.reduceOnly
      ? 100
      : weightOf(request.notionalUsd, { ...sizing, leverage: 1 });
    if (typeof weight !== 'number') return weight;
    if (request.side < 0 !== request.reduceOnly) {
      return refused('unsupported', 'a spot token is bought, or sold back whole');
    }
    const [tokenIn, tokenOut] = request.side > 0 ? [paid, token] : [token, paid];
    const body = { tokenIn, tokenOut, weight, intentOptions: {} };
    return opened(request, await post('/agent/batch-swap', body, request.reduceOnly));
  }

  function opened(request: OrderRequest, answer: BatchAnswer | Refused | Unknown): Outcome {
    if (answer.kind !== 'batch') return answer;
    const { batchId, successful, failed } = answer;
    const all = successful + failed;
    if (successful === 0) {
      // It says that nobody's order went through; on chains that is no proof.
      return unknown('unknown', `batch ${batchId}: all ${failed} accounts failed`);
    }
    if (failed > 0) {
      tell({ kind: 'complaint', text: `batch ${batchId}: ${failed} of ${all} accounts failed` });
    }
    const { symbol, side, qty, type } = request;
    if (!request.reduceOnly)
      batches.add({ batchId, symbol, side, qty, isTrigger: type === 'limit' });
    const filledQty = type === 'limit' ? 0 : (qty * successful) / all;
    report(
      request,
      batchId,
      type === 'limit' ? 'open' : failed === 0 ? 'filled' : 'partly-filled',
      filledQty,
    );
    return { kind: 'accepted', venueOrderId: batchId };
  }

  /** Everything that is open of a symbol, which must be what was asked for: there is no closing a part. */
  async function close(request: OrderRequest): Promise<Outcome> {
    const open = batches.of(request.symbol);
    if (open.length === 0) return refused('reduce-only', `no batch of ${request.symbol} is known`);
    const held = open.reduce((sum, { side, qty }) => sum + side * qty, 0);
    const isWhole = Math.abs(held + request.side * request.qty) <= 1e-9 * Math.abs(held);
    if (!isWhole) return refused('unsupported', `a batch is closed whole: ${held} are open`);
    let last = '';
    for (const batch of open) {
      const outcome = await closeOne(batch.batchId);
      if (outcome.kind !== 'accepted') return outcome;
      last = outcome.venueOrderId;
    }
    report(request, last, 'filled', request.qty);
    return { kind: 'accepted', venueOrderId: last };
  }

  async function closeOne(batchId: string): Promise<Outcome> {
    const answer = await post('/agent/batch-close', { batchId }, true);
    if (answer.kind !== 'batch') return answer;
    if (answer.failed > 0) {
      return unknown('unknown', `closing ${batchId}: ${answer.failed} accounts failed`);
    }
    batches.drop(batchId);
    if (answer.successful > 0) return { kind: 'accepted', venueOrderId: answer.batchId };
    return refused('not-found', `batch ${batchId} was closed before`);
  }

  function report(
    { clientId, symbol, side, type, qty, limitPrice, reduceOnly }: OrderRequest,
    venueOrderId: string,
    status: 'open' | 'filled' | 'partly-filled',
    filledQty: number,
  ): void {
    const rest = { clientId, venueOrderId, symbol, side, type, status, qty, filledQty };
    // No price is ever said: whoever books it takes the mark.
    const prices = { averagePrice: Number.NaN, limitPrice, triggerPrice: Number.NaN };
    const updatedMs = clock.nowMs();
    tell({ kind: 'order', order: { ...rest, ...prices, reduceOnly, updatedMs, forced: null } });
  }

  async function ping() {
    const askedMs = clock.monotonicMs();
    const reply = await wire.send({ method: 'GET', path: '/', headers: {}, body: '' });
    if (reply.kind !== 'reply' || reply.status >= 500) {
      const text = reply.kind === 'reply' ? `status ${reply.status}` : reply.text;
      throw new VenueFault(ID, 'unreachable', true, text);
    }
    return { skewMs: Number.NaN, roundTripMs: clock.monotonicMs() - askedMs };
  }

  async function submit(request: OrderRequest): Promise<Outcome> {
    const no = unsendableOf(request);
    if (no !== null) return no;
    // A close changes nothing that is closed already.
    if (kind === 'perps' && request.reduceOnly) return close(request);
    const { clientId } = request;
    if (sent.has(clientId)) return unknown('duplicate-id', 'it was sent before');
    sent.add(clientId);
    const outcome = await (kind === 'swap' ? swap(request) : open(request));
    if (outcome.kind === 'refused') sent.delete(clientId);
    return outcome;
  }

  return Object.freeze({
    ...bareClient(ID, submit, 'no endpoint is documented'),
    id: ID,
    capabilities: CAPABILITIES,
    connect: ping,
    ping,
    instruments: async (symbols: readonly string[]) => symbols.map((one) => assumed(one, sizing)),
    submit,
    /** There is only closing, which would take a position as well: orders that wait, nothing else. */
    async cancel(_symbol: string, order: OrderName) {
      const batchId = 'venueOrderId' in order ? order.venueOrderId : '';
      if (batches.wasDropped(batchId)) return refused('not-found', `${batchId} was closed before`);
      if (batches.get(batchId)?.isTrigger) return closeOne(batchId);
      return refused('unsupported', 'only a batch that waits for a price can be taken back');
    },
    async cancelAll(symbol: string): Promise<Outcome> {
      for (const { batchId, isTrigger } of batches.of(symbol)) {
        if (!isTrigger) continue;
        const outcome = await closeOne(batchId);
        const isGone = outcome.kind === 'refused' && outcome.code === 'not-found';
        if (outcome.kind !== 'accepted' && !isGone) return outcome;
      }
      return { kind: 'accepted', venueOrderId: '' };
    },
    close: async () => wire.close(),
  });
}

/** Nothing of this is said by the venue. */
function assumed(symbol: string, { leverage }: Sizing): Instrument {
  return Object.freeze({
    venue: ID,
    symbol,
    tickSize: 1e-6,
    lotSize: 1e-6,
    minNotionalUsd: 0,
    makerFeeBps: 10,
    takerFeeBps: 10,
    maxLeverage: leverage,
    source: 'assumed' as const,
    validFromMs: 0,
  });
}

function refuseBad({ keys, kind, sizing, collateralToken }: SymphonyOptions): void {
  const { agentId } = keys;
  if (!UUID.test(agentId)) {
    throw new InputError({ key: 'symphony agentId', rule: 'must be a UUID', value: agentId });
  }
  const isLevered = sizing.leverage >= LEAST_LEVERAGE && Number.isFinite(sizing.leverage);
  if (kind === 'perps' && !isLevered) {
    const rule = `must be ${LEAST_LEVERAGE} or more`;
    throw new InputError({ key: 'symphony leverage', rule, value: sizing.leverage });
  }
  if (kind === 'swap' && !collateralToken) {
    throw new InputError({ key: 'symphony collateralToken', rule: 'must be given for swaps' });
  }
}
