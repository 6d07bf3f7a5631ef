// One gate of a verdict: a rule in words, the number it is about, and whether that passes.

/** In the order of the table. */
export type GateId =
  | 'look-ahead'
  | 'model-knowledge'
  | 'memory-knowledge'
  | 'finite-inputs'
  | 'deflated-sharpe'
  | 'beats-buy-and-hold'
  | 'beats-flat'
  | 'overfitting'
  | 'doubled-costs'
  | 'late-by-one'
  | 'track-record'
  | 'fold-drawdown';

export interface Gate {
  readonly id: GateId;
  readonly name: string;
  /** What passes, in words. */
  readonly rule: string;
  /** Finite, or null where it could not be measured. */
  readonly value: number | null;
  /** What the value is held against; null where there is no such number. */
  readonly threshold: number | null;
  /** Null = could not be measured, which does not pass. */
  readonly passed: boolean | null;
  /** How the number came about, or why there is none. */
  readonly why: string;
  /** Numbers that are told beside it and gate nothing, by name; finite or null. */
  readonly beside: Beside;
}

export type Beside = Readonly<Record<string, number | null>>;

export function isMeasured({ passed }: Gate): boolean {
  return passed !== null;
}

/** A gate of a value that may be no number: then it is not measured, whatever `passes` would say. */
export function gateOf(
  what: Pick<Gate, 'id' | 'name' | 'rule' | 'threshold'>,
  value: number,
  passes: (value: number) => boolean,
  why: string,
  beside: Readonly<Record<string, number>> = {},
): Gate {
  const { id, name, rule, threshold } = what;
  const isNumber = Number.isFinite(value);
  return Object.freeze({
    id,
    name,
    rule,
    value: isNumber ? value : null,
    threshold,
    passed: isNumber ? passes(value) : null,
    why,
    beside: Object.freeze(
      Object.fromEntries(
        Object.entries(beside).map(([name, one]) => [name, Number.isFinite(one) ? one : null]),
      ),
    ),
  });
}

/** A number as a sentence has it: four digits that count. */
export function shown(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : 'not defined';
}
