// Every event and intent, field by field, as the journal spells them. The types make these tables
// complete: a new kind, a new field or a new order type does not compile until it stands here.
//
// `tsMs` is left out: it is the line's own stamp, and what stands once cannot contradict itself.

import type { AgentFailure, Answer, Origin, Question } from '../../engine/agents/question.ts';
import type { Event } from '../../engine/event.ts';
import type { Order, Terms } from '../../engine/execution/order.ts';
import type { Intent } from '../../engine/intent.ts';
import { Codec, type ShapeOf, type ShapesOf } from './codec.ts';

/** Of a fill without an order of ours. */
const UNORDERED = {
  leg: 'number',
  tradeId: 'text',
  qty: 'number',
  price: 'number',
  feeUsd: 'number',
} as const;

const ORIGIN: ShapeOf<Origin> = {
  fields: {
    model: 'text',
    version: 'text',
    latencyMs: 'number',
    tokensIn: 'number',
    tokensOut: 'number',
    costUsd: 'number',
  },
};

const ANSWER: ShapeOf<Answer> = {
  fields: {
    score: 'number',
    confidence: 'number',
    risk: 'number',
    low: 'number',
    median: 'number',
    high: 'number',
    coverage: 'number',
    factor: 'number',
    words: 'text',
  },
};

const FAILURES: ShapeOf<AgentFailure> = {
  words: {
    timeout: true,
    'rate-limited': true,
    budget: true,
    garbage: true,
    refused: true,
    unavailable: true,
    'breaker-open': true,
    'not-configured': true,
    'tape-miss': true,
    anomaly: true,
    cancelled: true,
  },
};

const EVENTS: ShapesOf<Event, 'tsMs'> = {
  candle: {
    leg: 'number',
    openMs: 'number',
    open: 'number',
    high: 'number',
    low: 'number',
    close: 'number',
    volume: 'number',
  },
  series: { name: 'text', value: 'number' },
  headline: { publishedMs: 'number', text: 'text' },
  'funding-rate': { leg: 'number', atMs: 'number', rate: 'number', markPrice: 'number' },
  'feed-health': { stale: 'flag' },
  command: { command: { words: { pause: true, resume: true, halt: true } } },
  'row-closed': { openMs: 'number' },
  funding: { leg: 'number', atMs: 'number', rate: 'number', price: 'number', amountUsd: 'number' },
  'order-filled': {
    orderId: 'number',
    tradeId: 'text',
    qty: 'number',
    price: 'number',
    feeUsd: 'number',
    slippageUsd: 'number',
    impactUsd: 'number',
    maker: 'bit',
    leavesQty: 'number',
  },
  'order-cancelled': { orderId: 'number', code: 'text' },
  'order-expired': { orderId: 'number' },
  'order-unknown': { orderId: 'number' },
  'order-accepted': { orderId: 'number' },
  'order-amended': { orderId: 'number', qty: 'number', price: 'number' },
  liquidation: UNORDERED,
  'external-fill': UNORDERED,
  'venue-probe': { venue: 'number', ok: 'flag' },
  'model-answer': { id: 'number', answer: ANSWER, origin: ORIGIN },
  'agent-failed': { id: 'number', code: FAILURES, origin: ORIGIN },
  'model-deadline': { id: 'number' },
  'order-rejected': { orderId: 'number', code: 'text' },
};

const TERMS: ShapeOf<Terms> = {
  fields: {
    timeInForce: { words: { gtc: true, ioc: true, fok: true, gtd: true } },
    limitPrice: 'number',
    expiresMs: 'number',
    postOnly: 'flag',
    trailFraction: 'number',
    trailDistance: 'number',
    activationPrice: 'number',
    ocoGroup: 'number',
    closeFraction: 'number',
  },
};

const ORDER: ShapeOf<Order> = {
  fields: {
    id: 'number',
    leg: 'number',
    side: 'side',
    type: {
      words: {
        market: true,
        limit: true,
        'stop-market': true,
        'stop-limit': true,
        'take-profit-market': true,
        'take-profit-limit': true,
        'trailing-stop': true,
      },
    },
    purpose: {
      words: {
        entry: true,
        signal: true,
        veto: true,
        halt: true,
        delever: true,
        stop: true,
        'trailing-stop': true,
        'take-profit': true,
      },
    },
    reduceOnly: 'flag',
    terms: TERMS,
    qty: 'number',
    equityFraction: 'number',
    triggerPrice: 'number',
    distance: 'number',
    attachedTo: 'number',
    parentId: 'number',
    decisionPrice: 'number',
    createdMs: 'number',
    sendMs: 'number',
    counts: 'flag',
    status: {
      words: {
        dormant: true,
        new: true,
        open: true,
        'partly-filled': true,
        unknown: true,
        filled: true,
        cancelled: true,
        rejected: true,
        expired: true,
      },
    },
    filledQty: 'number',
  },
};

const QUESTION: ShapeOf<Question> = {
  fields: {
    id: 'number',
    agent: 'text',
    model: 'text',
    kind: { words: { vote: true, 'second-opinion': true } },
    shape: { words: { opinion: true, forecast: true, review: true } },
    leg: 'number',
    venue: 'text',
    symbol: 'text',
    row: 'number',
    side: 'sign',
    tsMs: 'number',
    deadlineMs: 'number',
    prompt: { fields: { system: 'text', user: 'text', numbers: 'text' } },
    digest: 'text',
  },
};

const INTENTS: ShapesOf<Intent> = {
  'submit-order': { order: ORDER },
  'cancel-order': { leg: 'number', orderId: 'number' },
  'amend-order': { leg: 'number', orderId: 'number', qty: 'number', price: 'number' },
  'probe-venue': { venue: 'number' },
  'ask-model': { question: QUESTION },
  halt: { code: 'text' },
};

/** Events but for their stamp. */
export const EVENT_CODEC = new Codec<Event>('event', EVENTS);

/**
 * Intents. Equal texts mean equal intents, NaN and -0 included: a replay compares these. One that
 * was read may be compared and shown; its order is a copy, not the kernel's.
 */
export const INTENT_CODEC = new Codec<Intent>('intent', INTENTS);

/** The kinds that the journal knows, for tests that try every one. */
export const EVENT_KINDS = Object.freeze(Object.keys(EVENTS)) as readonly Event['kind'][];
export const INTENT_KINDS = Object.freeze(Object.keys(INTENTS)) as readonly Intent['kind'][];
export { EVENTS as EVENT_SHAPES, INTENTS as INTENT_SHAPES };
