// Clauses of a contract to which not every venue can be held. Each says which capabilities it needs; one
// that is skipped says which of them the venue lacks, and what a venue lacks stands beside the contract.

import { it } from 'vitest';
import type { Capabilities, VenueClient } from '../../../live/venues/port.ts';

const HAS = {
  'client ids': ({ clientIds }: Capabilities) => clientIds !== 'none',
  'a user stream': ({ userStream }: Capabilities) => userStream,
  'reports of orders': ({ reportsOrders }: Capabilities) => reportsOrders,
  'reports of positions': ({ reportsPositions }: Capabilities) => reportsPositions,
  'marks and a clock': ({ reportsMarks }: Capabilities) => reportsMarks,
  'a grid': ({ hasGrid }: Capabilities) => hasGrid,
  batches: ({ batch }: Capabilities) => batch > 1,
  'changes in place': ({ amend }: Capabilities) => amend,
  resends: ({ resends }: Capabilities) => resends,
};

export type Need = keyof typeof HAS;

/** What a venue cannot do of all that a clause may need. */
export function lacks({ capabilities }: Pick<VenueClient, 'capabilities'>): Need[] {
  return (Object.keys(HAS) as Need[]).filter((need) => !HAS[need](capabilities));
}

/** `it` for the client of a rig that is made before each test. */
export function clausesOf(rig: () => { readonly client: VenueClient }) {
  return (title: string, needs: readonly Need[], body: () => void | Promise<void>) => {
    it(title, ({ skip }) => {
      const { client } = rig();
      const lacking = lacks(client).filter((need) => needs.includes(need));
      skip(lacking.length > 0, `${client.id} lacks ${lacking.join(', ')}`);
      return body();
    });
  };
}
