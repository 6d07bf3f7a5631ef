// A server that answers by a function of what is asked: for sources too small for one of their own.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Answer {
  readonly status?: number;
  readonly body: string;
}

export interface AnswerServer {
  readonly url: string;
  /** Paths with their queries, in order. */
  readonly asked: string[];
  stop(): Promise<void>;
}

export async function startAnswers(
  answer: (url: URL) => Answer,
  nowMs: () => number,
): Promise<AnswerServer> {
  const asked: string[] = [];
  const http = createServer((request, response) => {
    asked.push(request.url ?? '/');
    const { status = 200, body } = answer(new URL(request.url ?? '/', 'http://local'));
    response.sendDate = false;
    response.setHeader('Date', new Date(nowMs()).toUTCString());
    response.writeHead(status);
    response.end(body);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    asked,
    async stop() {
      http.closeAllConnections();
      await new Promise<void>((resolve) => http.close(() => resolve()));
    },
  };
}
