// Buy and hold: what every other strategy has to beat. Long with all equity, always.

import { defineStrategy } from 'sapphire';

export default defineStrategy({
  name: 'buy-and-hold',
  description: 'Long with all equity from the first candle to the last.',
  decide: () => 1,
});
