// Drift's orders and cancels as instructions, by the program's own interface out of @drift-labs/sdk, which
// is 288 MB and is loaded only when somebody asks for it (`npm install @drift-labs/sdk`).
//
// The venue is off: the program was drained and paused on 2026-04-01 and no instruction is carried out.
// What is here can be checked byte by byte, and is what its successor's client would begin with.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { InputError } from '../../../engine/errors.ts';
import type { DriftParams } from './orders.ts';

export const PAUSED =
  "is off: Drift's program has been paused since 2026-04-01; its history can be fetched, nothing traded";

export interface DriftInstruction {
  readonly programId: string;
  /** Addresses in the order of the interface; `remaining` accounts (oracle, market) follow. */
  readonly keys: readonly { readonly name: string; readonly address: string }[];
  readonly data: Uint8Array;
}

export interface DriftInstructions {
  /** `authority`: the wallet's address; sub-account 0 unless told. */
  place(params: DriftParams, authority: string, subAccount?: number): Promise<DriftInstruction>;
  /** `slot`: the order's `userOrderId`. */
  cancel(slot: number, authority: string, subAccount?: number): Promise<DriftInstruction>;
  /** Every order of a perp market. */
  cancelAll(index: number, authority: string, subAccount?: number): Promise<DriftInstruction>;
}

const SDK = '@drift-labs/sdk';

/** Throws InputError when the package is not installed. */
export async function loadDrift(from = import.meta.url): Promise<DriftInstructions> {
  const require = createRequire(from);
  let entry: string;
  try {
    entry = require.resolve(SDK);
  } catch (cause) {
    const rule = `needs the package ${SDK}: npm install ${SDK}`;
    throw new InputError({ key: 'venue drift', rule }, { cause });
  }
  // Its own dependencies are found from where it lies.
  const within = createRequire(entry);
  const sdk = within(entry);
  const { BorshInstructionCoder } = within('@coral-xyz/anchor');
  const { PublicKey } = within('@solana/web3.js');
  const idl = JSON.parse(readFileSync(within.resolve(`${SDK}/lib/node/idl/drift.json`), 'utf8'));
  const coder = new BorshInstructionCoder(idl);
  const program = new PublicKey(sdk.DRIFT_PROGRAM_ID);
  const whole = (value: bigint | null) => (value === null ? null : new sdk.BN(value.toString()));
  async function instruction(name: string, args: object, authority: string, subAccount: number) {
    const owner = new PublicKey(authority);
    const state = await sdk.getDriftStateAccountPublicKey(program);
    const user = sdk.getUserAccountPublicKeySync(program, owner, subAccount);
    return {
      programId: program.toBase58(),
      keys: [
        { name: 'state', address: state.toBase58() },
        { name: 'user', address: user.toBase58() },
        { name: 'authority', address: owner.toBase58() },
      ],
      data: new Uint8Array(coder.encode(name, args)),
    };
  }
  return Object.freeze({
    place(params: DriftParams, authority: string, subAccount = 0) {
      const sent = {
        ...params,
        baseAssetAmount: whole(params.baseAssetAmount),
        price: whole(params.price),
        maxTs: whole(params.maxTs),
        triggerPrice: whole(params.triggerPrice),
      };
      return instruction('placePerpOrder', { params: sent }, authority, subAccount);
    },
    cancel(slot: number, authority: string, subAccount = 0) {
      return instruction('cancelOrderByUserId', { userOrderId: slot }, authority, subAccount);
    },
    cancelAll(index: number, authority: string, subAccount = 0) {
      const args = { marketType: { perp: {} }, marketIndex: index, direction: null };
      return instruction('cancelOrders', args, authority, subAccount);
    },
  });
}
