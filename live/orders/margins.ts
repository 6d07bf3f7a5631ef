// Leverage and margin mode of every symbol as the config was tested with: under any other a position is
// liquidated at another price.
//
//   begins -> set -> taken | refused: no new risk there until it is     changed by somebody -> set again

import type { ClientEvent, Margin, VenueClient } from '../venues/port.ts';
import { textOf, type VenueLegs, type WatchedLeg } from './legs.ts';

export interface MarginsParts {
  readonly client: VenueClient;
  readonly legs: VenueLegs;
  readonly margin: Margin;
}

export class Margins {
  readonly #parts: MarginsParts;
  /** Legs that are as they should be. */
  readonly #set = new Set<WatchedLeg>();

  constructor(parts: MarginsParts) {
    this.#parts = parts;
  }

  /** Sets what is not set yet; what cannot be set now is tried by the next call. */
  async set(): Promise<void> {
    const { client, legs, margin } = this.#parts;
    if (!client.capabilities.setsMargin) return;
    for (const leg of legs.all) {
      if (this.#set.has(leg)) continue;
      const { symbol } = leg.instrument;
      const leverage = this.#leverageOf(leg);
      const outcome = await client.setMargin(symbol, { mode: margin.mode, leverage });
      if (outcome.kind === 'accepted') {
        this.#set.add(leg);
        legs.unblock(leg, 'margin');
        continue;
      }
      const why = textOf(`${outcome.code} ${outcome.text}`);
      this.#refuse(leg, `${margin.mode} margin at ${leverage}x cannot be set: ${why}`);
    }
  }

  /** The venue says at which leverage a symbol is now. */
  hear({ symbol, leverage }: Extract<ClientEvent, { readonly kind: 'leverage' }>): void {
    const leg = this.#parts.legs.named(symbol);
    if (leg === undefined || leverage === this.#leverageOf(leg)) return;
    this.#set.delete(leg);
    this.#refuse(leg, `somebody set its leverage to ${leverage}x: set back`);
  }

  #refuse(leg: WatchedLeg, text: string): void {
    const { legs } = this.#parts;
    if (!leg.blocks.has('margin')) legs.tell('alert', text, leg.leg);
    legs.block(leg, 'margin');
  }

  /** Whole, and no more than the venue lets anybody have. */
  #leverageOf({ instrument }: WatchedLeg): number {
    return Math.max(1, Math.floor(Math.min(this.#parts.margin.leverage, instrument.maxLeverage)));
  }
}
