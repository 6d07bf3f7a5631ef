// A promotion: the one paper that lets a config trade real money. It says which config, decided by
// which code, earned on which evidence, at which venues, with how much, until when; and an operator has
// signed every byte of that.
//
// The invariant: nothing in it is believed that the signature does not cover, and what it pins is
// compared with what is there now before anything is connected (verify.ts).

import { readFile } from 'node:fs/promises';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { canonicalJson } from '../../data/runs/canonical.ts';
import { InputError } from '../../engine/errors.ts';
import { LimitsSchema } from './limits.ts';

export const PROMOTION_SCHEMA_VERSION = 1;

const strict = { additionalProperties: false } as const;
const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });
const Utc = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$' });
const Nullable = Type.Union([Type.Number(), Type.Null()]);

const GateSchema = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    /** What passes, in words. */
    rule: Type.String(),
    /** Null = could not be measured. */
    value: Nullable,
    /** Null = could not be measured, which does not pass. */
    passed: Type.Union([Type.Boolean(), Type.Null()]),
    why: Type.String(),
    /** Why the operator went on all the same; null = nobody did. */
    override: Type.Union([Type.String({ minLength: 1 }), Type.Null()]),
  },
  strict,
);

const StageSchema = Type.Object(
  {
    /** Share of the capital that this stage trades with. */
    share: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
    /** Days of trading at this stage, clean throughout, before the next one; 0 for the last. */
    days: Type.Number({ minimum: 0 }),
    /** The next stage is not begun when the drawdown at this one was deeper, a fraction. */
    upWithin: Type.Number({ minimum: 0, maximum: 1 }),
    /** A deeper drawdown leads back to the stage before, a fraction. */
    downBeyond: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
  },
  strict,
);

const PlaceFields = {
  venue: Type.String(),
  /** As the venue spells them. */
  symbols: Type.Array(Type.String(), { minItems: 1 }),
  /** What may be risked there, all stages done. */
  capitalUsd: Type.Number({ exclusiveMinimum: 0 }),
};

const BodySchema = Type.Object(
  {
    schemaVersion: Type.Literal(PROMOTION_SCHEMA_VERSION),
    kind: Type.Literal('promotion'),
    /** What of the evidence is no evidence about a market; empty = it is for real. */
    rehearsal: Type.Array(Type.String()),
    name: Type.String(),
    strategy: Type.String(),
    /** The whole config: its `decision` part trades, its `world` part says where. */
    config: Type.Record(Type.String(), Type.Unknown()),
    pins: Type.Object(
      {
        decisionConfigDigest: Sha256,
        strategyDigest: Sha256,
        codeDigest: Sha256,
        node: Type.String(),
        /** Of the backtest's result.json, and of the candles it saw. */
        resultDigest: Sha256,
        dataDigest: Sha256,
        /** Of what it begins with remembered; left out where that is nothing. */
        memoryDigest: Type.Optional(Sha256),
        /** SHA-256 of verdict.json's bytes. */
        verdictSha256: Sha256,
        trial: Type.Object(
          { sessionId: Type.String(), digest: Type.String(), journalHash: Type.String() },
          strict,
        ),
      },
      strict,
    ),
    /** The primary venue: what it says decides, and entries go there first. */
    ...PlaceFields,
    /** Where entries go that the venues before certainly did not take, in order. */
    fallbacks: Type.Array(Type.Object(PlaceFields, strict)),
    /** Trading halts when this much of a stage's capital, all venues together, is gone; a fraction. */
    maxDrawdown: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
    /** How far trading may go, and what is done when nobody minds it. */
    limits: LimitsSchema,
    /** The smallest share first; keyed by number, so that each value has a path. */
    stages: Type.Record(Type.String(), StageSchema),
    gates: Type.Array(GateSchema, { minItems: 1 }),
    issuedAt: Utc,
    expiresAt: Utc,
  },
  strict,
);

const SignatureSchema = Type.Object(
  {
    algorithm: Type.Literal('ed25519'),
    /** SHA-256 of the operator's public key (DER), hex: which key to look for, no reason to trust it. */
    operator: Sha256,
    /** Base64, over `signedText`. */
    value: Type.String(),
  },
  strict,
);

export type PromotionGate = Static<typeof GateSchema>;
export type Stage = Static<typeof StageSchema>;
export type PromotionBody = Static<typeof BodySchema>;
export type Signature = Static<typeof SignatureSchema>;
export interface Promotion {
  readonly body: PromotionBody;
  /** Null = nobody has signed it. */
  readonly signature: Signature | null;
}

/** What is signed: the one JSON text of the body, behind a line that no other document begins with. */
export function signedText(body: PromotionBody): string {
  return `sapphire promotion ${PROMOTION_SCHEMA_VERSION}\n${canonicalJson(body, 'promotion')}`;
}

/** The text of a promotion file; ends with a newline. */
export function promotionText({ body, signature }: Promotion): string {
  return `${JSON.stringify({ ...body, signature }, null, 2)}\n`;
}

/** Reads a promotion file. Throws InputError for none, and as `parsePromotion` does. */
export async function readPromotion(path: string): Promise<Promotion> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new InputError({ key: path, rule: 'must be a promotion that can be read' }, { cause });
  }
  return parsePromotion(text, path);
}

/**
 * Reads a promotion file's text; `path` names it in errors. Says nothing about whether it may be
 * believed. Throws InputError for what is no promotion of this version.
 */
export function parsePromotion(text: string, path: string): Promotion {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new InputError({ key: path, rule: 'must be a promotion: JSON' }, { cause });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new InputError({ key: path, rule: 'must be a promotion: one JSON object' });
  }
  const { signature = null, ...body } = parsed as Record<string, unknown>;
  if (body['schemaVersion'] !== PROMOTION_SCHEMA_VERSION) {
    const rule = `must be a promotion with schemaVersion ${PROMOTION_SCHEMA_VERSION}`;
    throw new InputError({ key: path, rule, value: body['schemaVersion'] });
  }
  refuse(path, BodySchema, body);
  if (signature !== null) refuse(`${path} signature`, SignatureSchema, signature);
  return { body: body as PromotionBody, signature: signature as Signature | null };
}

function refuse(key: string, schema: typeof BodySchema | typeof SignatureSchema, value: unknown) {
  if (Value.Check(schema, value)) return;
  const [first] = Value.Errors(schema, value);
  const where = first?.instancePath.slice(1).replaceAll('/', '.') || 'it';
  throw new InputError({ key, rule: `must be a whole promotion: ${where} ${first?.message}` });
}

/** One venue of a promotion, and what may trade there. */
export type Place = Pick<PromotionBody, 'venue' | 'symbols' | 'capitalUsd'>;

/** Its venues, the primary one first. */
export function placesOf({ venue, symbols, capitalUsd, fallbacks }: PromotionBody): Place[] {
  return [{ venue, symbols, capitalUsd }, ...fallbacks];
}

/** What may be risked at all venues together, USD. */
export function capitalOf(body: PromotionBody): number {
  return placesOf(body).reduce((sum, { capitalUsd }) => sum + capitalUsd, 0);
}

/** Stages in their order. */
export function stagesOf({ stages }: Pick<PromotionBody, 'stages'>): Stage[] {
  return Object.keys(stages)
    .sort((a, b) => Number(a) - Number(b))
    .map((key) => stages[key]!);
}
