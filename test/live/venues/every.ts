// Every venue of the contract, and what each cannot do.

import type { Need } from './clauses.ts';
import { driftRig, symphonyRig } from './other-rigs.ts';
import { paperRig } from './paper-rig.ts';
import { type Opens, RIGS, type Rig } from './rig.ts';

export const VENUES: readonly Opens<Rig>[] = [
  ...RIGS,
  { id: 'symphony', open: symphonyRig },
  { id: 'paper', open: paperRig },
  { id: 'drift', open: driftRig },
];

/** Of all that tell nothing when they are asked. */
const SILENT: readonly Need[] = [
  'reports of orders',
  'reports of positions',
  'marks and a clock',
  'batches',
  'changes in place',
  'resends',
];

/** What each venue cannot do, and so which clauses it is not held to. */
export const LACKS: Readonly<Record<string, readonly Need[]>> = {
  aster: [],
  'aster with an API key of V1': ['changes in place', 'resends'],
  hyperliquid: [],
  paper: ['client ids', ...SILENT],
  drift: ['a user stream', ...SILENT],
  symphony: ['client ids', 'a user stream', 'a grid', ...SILENT],
};
