// Whether a promotion may trade, asked anew each time before anything is connected. Each way in which
// it may not has a code and a sentence of its own.

import type { KeyObject } from 'node:crypto';
import { parseInstant } from '../../engine/config/instant.ts';
import type { Promotion, PromotionBody, PromotionGate } from './document.ts';
import { fingerprint, isSignedBy } from './keys.ts';

export type PromotionCode =
  | 'unsigned'
  | 'other-operator'
  | 'edited'
  | 'not-yet-valid'
  | 'expired'
  | 'other-code'
  | 'other-node'
  | 'other-strategy'
  | 'other-config'
  | 'other-memory'
  | 'gate-failed';

/** A gate that refuses (exit 4): nothing was connected and nothing will be sent. */
export class PromotionRefusal extends Error {
  readonly exitCode = 4;
  readonly code: PromotionCode;

  constructor(code: PromotionCode, message: string) {
    super(message);
    this.name = 'PromotionRefusal';
    this.code = code;
  }
}

/** What is there now. */
export interface Present {
  readonly operator: KeyObject;
  readonly nowMs: number;
  readonly codeDigest: string;
  readonly strategyDigest: string;
  /** Of the config that would trade. */
  readonly decisionConfigDigest: string;
  /** Of what it would begin with remembered; null = nothing. */
  readonly memoryDigest: string | null;
  /** `24.21.0` */
  readonly node: string;
}

/**
 * Returns when everything holds. Throws PromotionRefusal with the first thing that does not: first who
 * says so, then when, then what of, then how good it was.
 */
export function verifyPromotion(promotion: Promotion, present: Present): void {
  const { body, signature } = promotion;
  const refuse = (code: PromotionCode, message: string): never => {
    throw new PromotionRefusal(code, message);
  };
  if (signature === null) refuse('unsigned', 'this promotion is not signed');
  else if (signature.operator !== fingerprint(present.operator)) {
    const [theirs, ours] = [signature.operator, fingerprint(present.operator)].map(short);
    refuse(
      'other-operator',
      `signed by the key ${theirs}, and the operator's is ${ours}: see --operator`,
    );
  }
  if (!isSignedBy(promotion, present.operator)) {
    refuse('edited', 'this promotion is not what the operator signed: it was edited or damaged');
  }
  const { issuedAt, expiresAt } = body;
  if (!(present.nowMs >= parseInstant(issuedAt, 'issuedAt'))) {
    refuse('not-yet-valid', `issued ${issuedAt}, which is still to come: see the machine's clock`);
  }
  if (!(present.nowMs < parseInstant(expiresAt, 'expiresAt'))) {
    refuse(
      'expired',
      `this promotion ended ${expiresAt}: promote again on what is known today; what is still open is ` +
        'closed by sapphire flatten',
    );
  }
  refuseOthers(body, present, refuse);
  const [bad] = body.gates.filter((gate) => !isOpen(gate));
  if (bad !== undefined) {
    refuse('gate-failed', `the gate "${bad.name}" did not pass: ${bad.why}`);
  }
}

/** A gate that passed, or that the operator answers for. */
export function isOpen({ passed, override }: PromotionGate): boolean {
  return passed === true || override !== null;
}

function refuseOthers(
  { pins }: PromotionBody,
  present: Present,
  refuse: (code: PromotionCode, message: string) => never,
): void {
  const differ = (code: PromotionCode, what: string, pinned: string, now: string) => {
    if (pinned === now) return;
    const [was, is] = code === 'other-node' ? [pinned, now] : [short(pinned), short(now)];
    refuse(code, `promoted with ${what} ${was}, and here it is ${is}: trial and promote anew`);
  };
  differ('other-code', 'the code', pins.codeDigest, present.codeDigest);
  differ('other-node', 'Node', pins.node, present.node);
  differ('other-strategy', 'the strategy', pins.strategyDigest, present.strategyDigest);
  const { decisionConfigDigest, memoryDigest } = present;
  differ('other-config', 'the config', pins.decisionConfigDigest, decisionConfigDigest);
  const [pinned, now] = [pins.memoryDigest, memoryDigest].map((digest) => digest ?? 'nothing');
  differ('other-memory', 'the memory (decision.memory.load)', pinned!, now!);
}

function short(digest: string): string {
  return digest.slice(0, 12);
}
