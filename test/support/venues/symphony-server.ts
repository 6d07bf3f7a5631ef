// A local Symphony, as its documentation says it: batches for ten subscribers, no ids of ours, no lists.
// Its faults are those of local-venue.ts.

import type { Dialect, Reply, SeenRequest } from './dialect.ts';
import { LocalVenue } from './local-venue.ts';

const SUBSCRIBERS = 10;

export class SymphonyAgent {
  /** Batches that are open. */
  readonly open = new Set<string>();
  /** Opens and swaps that were carried out. */
  opened = 0;
  /** Subscribers whose account fails. */
  failing = 0;
  #count = 0;
  readonly #apiKey: string;
  readonly #agentId: string;

  constructor(apiKey: string, agentId: string) {
    this.#apiKey = apiKey;
    this.#agentId = agentId;
  }

  answer(request: SeenRequest): Reply {
    const say = (status: number, body: unknown): Reply => ({ status, body, weight: 1 });
    if (request.method === 'GET') return say(200, {});
    if (request.headers['x-api-key'] !== this.#apiKey) return say(401, { message: 'Unauthorized' });
    const body = JSON.parse(request.body);
    if (body.agentId !== this.#agentId) return say(404, { message: 'Agent not found' });
    const successful = SUBSCRIBERS - this.failing;
    const batchId = `batch-${++this.#count}`;
    if (request.path === '/agent/batch-close') {
      const isOpen = this.open.delete(body.batchId);
      const counts = isOpen ? { successful, skipped: 0 } : { successful: 0, skipped: SUBSCRIBERS };
      return say(200, { batchId, ...counts, failed: 0, results: [] });
    }
    if (!/^\/agent\/batch-(open|swap)$/.test(request.path)) return say(404, {});
    if (!(body.weight > 0 && body.weight <= 100)) return say(400, { message: 'weight' });
    this.opened++;
    this.open.add(batchId);
    return say(200, { message: 'ok', batchId, successful, failed: this.failing, results: [] });
  }
}

export async function startSymphonyServer(
  apiKey: string,
  agentId: string,
): Promise<{ readonly server: LocalVenue; readonly agent: SymphonyAgent }> {
  const agent = new SymphonyAgent(apiKey, agentId);
  const dialect: Dialect = {
    streamPath: '',
    weightLimit: 1e9,
    weightHeader: null,
    hasProtocolPing: false,
    idleMs: 60_000,
    answer: (_market, request) => agent.answer(request),
    connected: () => false,
    heard: () => null,
    topic: () => '',
    candleText: () => '',
  };
  const server = await new LocalVenue(dialect, { symbols: {} }).start();
  return { server, agent };
}
