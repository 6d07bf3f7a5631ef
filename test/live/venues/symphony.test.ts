// Symphony against a local server: batches that are never sent twice, partial success, sizes as weights.

import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VenueFault } from '../../../data/venues/contract.ts';
import { InputError } from '../../../engine/errors.ts';
import type { OrderRequest, VenueClient } from '../../../live/venues/port.ts';
import { Secret } from '../../../live/venues/secret.ts';
import { openSymphonyClient } from '../../../live/venues/symphony/client.ts';
import { tokenOf, weightOf } from '../../../live/venues/symphony/sizes.ts';
import type { LocalVenue } from '../../support/venues/local-venue.ts';
import { type SymphonyAgent, startSymphonyServer } from '../../support/venues/symphony-server.ts';
import { COMMON, tapeOf, wish } from './rig.ts';

const AGENT = '8d1f6b1e-1f6a-4f5e-9d57-0a4a2a4f3c11';
const API_KEY = 'sk_live_canary0123456789';

describe('a weight', () => {
  it.each([
    // 150 USD of 1000 at 1.5 times: a tenth; and rounded down, never up.
    [150, 1000, 1.5, 10],
    [100, 1000, 3, 3.33],
    [200, 1000, 3, 6.66],
    [3000, 1000, 3, 100],
  ])(
    '%d USD of %d at %d times are %d %% of the collateral',
    (notional, collateralUsd, leverage, weight) => {
      expect(weightOf(notional, { collateralUsd, leverage })).toBe(weight);
    },
  );

  it.each([
    [100, Number.NaN, 'bad-order'],
    [100, 0, 'bad-order'],
    [Number.NaN, 1000, 'bad-order'],
    [0, 1000, 'bad-order'],
    [3001, 1000, 'insufficient-margin'],
    [0.01, 1000, 'below-min-notional'],
  ])('of %d USD with a collateral of %d is refused', (notional, collateralUsd, code) => {
    expect(weightOf(notional, { collateralUsd, leverage: 3 })).toMatchObject({
      kind: 'refused',
      code,
    });
  });

  it('is of a token, whatever it is quoted in', () => {
    expect(['SOLUSDC', 'ETHUSDT', 'BTCUSD', 'MON'].map(tokenOf)).toEqual([
      'SOL',
      'ETH',
      'BTC',
      'MON',
    ]);
  });
});

describe('the client of symphony', () => {
  let server: LocalVenue;
  let agent: SymphonyAgent;
  let rig: { client: VenueClient; btc: string } & ReturnType<typeof tapeOf>;

  function open(change: object = {}) {
    const tape = tapeOf();
    const client = openSymphonyClient({
      ...COMMON,
      keys: { apiKey: new Secret(API_KEY), agentId: AGENT },
      kind: 'perps',
      sizing: { collateralUsd: 1000, leverage: 2 },
      symbols: ['SOLUSDC'],
      tell: tape.tell,
      hosts: server.hosts,
      timeoutMs: 500,
      ...change,
    });
    return { client, btc: 'SOLUSDC', ...tape };
  }
  const submit = (change: Partial<OrderRequest> = {}) => rig.client.submit(wish(rig, change));
  const posts = () => server.requests.filter(({ method }) => method === 'POST');

  beforeEach(async () => {
    ({ server, agent } = await startSymphonyServer(API_KEY, AGENT));
    rig = open();
    await rig.client.connect();
  });
  afterEach(async () => {
    await rig.client.close();
    await server.stop();
  });

  it('opens a batch with a weight, and closes it whole', async () => {
    const outcome = await submit({ qty: 2, notionalUsd: 300 });
    expect(outcome).toMatchObject({ kind: 'accepted', venueOrderId: 'batch-1' });
    expect(JSON.parse(posts()[0]!.body)).toEqual({
      agentId: AGENT,
      symbol: 'SOL',
      action: 'LONG',
      weight: 15,
      leverage: 2,
      orderOptions: { triggerPrice: 0, stopLossPrice: 0, takeProfitPrice: 0 },
    });
    const close = { side: -1, reduceOnly: true } as const;
    expect(await submit({ ...close, qty: 1 })).toMatchObject({
      kind: 'refused',
      code: 'unsupported',
    });
    expect(await submit({ ...close, qty: 2 })).toMatchObject({ kind: 'accepted' });
    expect(agent.open.size).toBe(0);
    expect(await submit({ ...close, qty: 2 })).toMatchObject({
      kind: 'refused',
      code: 'reduce-only',
    });
  });

  it('takes a partial success for what it is', async () => {
    agent.failing = 3;
    const outcome = await submit({ qty: 1 });
    expect(outcome).toMatchObject({ kind: 'accepted' });
    const order = await rig.told((event) => event.kind === 'order' && event.order);
    expect(order).toMatchObject({
      status: 'partly-filled',
      qty: 1,
      filledQty: 0.7,
      averagePrice: Number.NaN,
    });
    const said = rig.events.find((event) => event.kind === 'complaint');
    expect(said).toMatchObject({ text: 'batch batch-1: 3 of 10 accounts failed' });
  });

  it('does not believe that nothing happened when every account failed', async () => {
    agent.failing = 10;
    expect(await submit()).toMatchObject({ kind: 'unknown' });
  });

  it('never opens a second time by the same id, whatever became of the first', async () => {
    server.fail({ kind: 'reset' }, 1, '/agent/batch-open');
    const request = wish(rig);
    expect(await rig.client.submit(request)).toMatchObject({ kind: 'unknown' });
    expect(await rig.client.submit(request)).toMatchObject({ code: 'duplicate-id' });
    expect(agent.opened).toBe(1);
    expect(posts()).toHaveLength(1);
    // No silence is ever a proof here.
    const { requestLifeMs, visibilityLagMs } = rig.client.capabilities;
    expect(requestLifeMs + visibilityLagMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('may be asked again for what it certainly refused', async () => {
    server.fail({ kind: 'status', status: 400, body: '{}' }, 1, '/agent/batch-open', true);
    const request = wish(rig);
    expect(await rig.client.submit(request)).toMatchObject({ kind: 'refused' });
    expect(await rig.client.submit(request)).toMatchObject({ kind: 'accepted' });
    expect(agent.opened).toBe(1);
  });

  it.each([
    [401, 'auth'],
    [403, 'auth'],
    [404, 'bad-order'],
    [400, 'bad-order'],
    [429, 'throttled'],
  ])('is refused for certain with status %i', async (status, code) => {
    server.fail(
      { kind: 'status', status, body: `{"message":"${API_KEY}"}` },
      1,
      '/agent/batch-open',
      true,
    );
    const outcome = await submit();
    expect(outcome).toMatchObject({ kind: 'refused', code });
    expect(inspect([outcome, rig.events], { depth: 9 })).not.toContain(API_KEY);
  });

  it('takes back what waits for a price, and never a position by that name', async () => {
    await submit({ type: 'limit', limitPrice: 90 });
    await submit({ qty: 1 });
    expect(JSON.parse(posts()[0]!.body).orderOptions.triggerPrice).toBe(90);
    const position = { venueOrderId: 'batch-2' };
    expect(await rig.client.cancel('SOLUSDC', position)).toMatchObject({ code: 'unsupported' });
    expect(await rig.client.cancelAll('SOLUSDC')).toMatchObject({ kind: 'accepted' });
    expect([...agent.open.keys()]).toEqual(['batch-2']);
  });

  it('swaps where the agent trades spot', async () => {
    await rig.client.close();
    rig = open({ kind: 'swap', collateralToken: 'MON' });
    await submit({ symbol: 'CHOG', notionalUsd: 100 } as Partial<OrderRequest>);
    expect(JSON.parse(posts()[0]!.body)).toMatchObject({
      tokenIn: 'MON',
      tokenOut: 'CHOG',
      weight: 10,
    });
    expect(await submit({ symbol: 'CHOG', side: -1 } as Partial<OrderRequest>)).toMatchObject({
      code: 'unsupported',
    });
  });

  it('knows batches from before, for it can ask nobody', async () => {
    await rig.client.close();
    agent.open.set('old', null);
    const batch = { batchId: 'old', symbol: 'SOLUSDC', side: -1, qty: 3, isTrigger: false };
    rig = open({ batches: [batch] });
    expect(await submit({ side: 1, qty: 3, reduceOnly: true })).toMatchObject({ kind: 'accepted' });
    for (const ask of [rig.client.balances, rig.client.positions, rig.client.openOrders]) {
      await expect(ask()).rejects.toThrow(VenueFault);
    }
    expect(rig.client.capabilities).toMatchObject({
      reportsOrders: false,
      reportsPositions: false,
    });
  });

  it.each([
    [{ keys: { apiKey: new Secret(API_KEY), agentId: 'MILF' } }, /agentId: must be a UUID/],
    [{ sizing: { collateralUsd: 1, leverage: 1 } }, /leverage: must be 1.1 or more/],
    [{ kind: 'swap' }, /collateralToken: must be given/],
  ])('is not opened with %j', (change, why) => {
    expect(() => open(change)).toThrow(InputError);
    expect(() => open(change)).toThrow(why);
  });
});
