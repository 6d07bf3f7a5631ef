// The only path to an order: what is not made by the gate does not compile, and only the gate may say
// that it has made something.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Intent } from '../../../engine/intent.ts';
import type { Desk } from '../../../engine/kernel/desk.ts';
import type { ApprovedOrder, RiskGate } from '../../../engine/risk/gate.ts';
import { orderOf } from '../../support/order.ts';

const ENGINE = join(import.meta.dirname, '../../../engine');
const ROOMS = ['', '../strategies', '../bin', '../data', '../reports'].map((room) =>
  join(ENGINE, room),
);

/** A perfectly good order that nobody has approved. */
const SMUGGLED = orderOf();

/** Compiled and never called: the mark above a line says that the line must not compile. */
function smuggle(desk: Desk, gate: RiskGate): void {
  // @ts-expect-error an order is no approved order
  const approved: ApprovedOrder = SMUGGLED;
  // @ts-expect-error the desk takes approved orders only
  desk.submit(SMUGGLED);
  // @ts-expect-error and so does the intent to submit one
  const intent: Intent = { kind: 'submit-order', order: SMUGGLED };
  // @ts-expect-error a copy of an approved order with another quantity included
  desk.submit({ ...SMUGGLED, qty: 2 });
  // @ts-expect-error a refusal is not an order
  desk.submit(gate.entry(0, 1, 1, 100, 0, 0));
  // @ts-expect-error a child needs a parent that was approved
  gate.child({ id: 1, leg: 0, side: 1, qty: 1 }, 0, {}, 100, 0);
  void approved;
  void intent;
}

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file));
}

describe('the type of an approved order', () => {
  it('is not had by writing an order down: every line of `smuggle` fails to compile', () => {
    expect(smuggle).toBeTypeOf('function');
  });

  it('is claimed by no file but the gate', () => {
    const claims = ROOMS.flatMap(sources).filter((file) =>
      /\bas\s+(?:unknown\s+as\s+)?Approved|<Approved\w+>\s*[{(]|\bas\s+(?:any|never)\b/.test(
        readFileSync(file, 'utf8').replace(/\/\/.*|\/\*[\s\S]*?\*\//g, ''),
      ),
    );
    expect(claims.map((file) => file.slice(ENGINE.length))).toEqual(['/risk/gate.ts']);
  });

  it('keeps its mark to itself: the symbol is declared and not exported', () => {
    const gate = readFileSync(join(ENGINE, 'risk/gate.ts'), 'utf8');
    expect(gate).toContain('declare const approved: unique symbol;');
    expect(gate).not.toMatch(/export\s+(?:declare\s+)?const\s+approved\b/);
  });
});
