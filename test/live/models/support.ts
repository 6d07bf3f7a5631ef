// What the tests of models share: a question, and a router over a local server, in the machine's time.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AnswerShape,
  type Question,
  questionDigest,
} from '../../../engine/agents/question.ts';
import { checkConfig } from '../../../engine/config/check.ts';
import { machineClock } from '../../../live/clock.ts';
import { openRouter } from '../../../live/models/list.ts';
import type { AttemptNote } from '../../../live/models/router.ts';
import { Secret } from '../../../live/venues/secret.ts';
import { KEY } from '../../support/models/local-models.ts';

export interface QuestionChanges {
  readonly shape?: AnswerShape;
  readonly user?: string;
  readonly model?: string;
  readonly patienceMs?: number;
}

export function questionOf(changes: QuestionChanges = {}): Question {
  const { shape = 'opinion', user = 'What now?', model = '', patienceMs = 20_000 } = changes;
  const question = {
    agent: 'fingpt-alpha',
    model,
    kind: 'vote' as const,
    shape,
    leg: 0,
    venue: 'binance-usdm',
    symbol: 'AVAXUSDT',
    row: 7,
    side: 0 as const,
    tsMs: 1_700_000_000_000,
    deadlineMs: 1_700_000_000_000 + patienceMs,
    prompt: { system: 'You weigh news.', user, numbers: '{"closes":[1,2,3]}' },
  };
  return { ...question, id: 1, digest: questionDigest(question) };
}

/** A decision config with these models, checked as any other. */
export function modelsOf(models: unknown) {
  const config = { decision: { strategy: 'buy-and-hold', models } };
  return checkConfig(config).decision.models;
}

export interface Rig {
  readonly router: ReturnType<typeof openRouter>['router'];
  readonly missing: ReturnType<typeof openRouter>['missing'];
  readonly notes: AttemptNote[];
  readonly folder: string;
  close(): Promise<void>;
}

/** `models` as in a config; every key is KEY unless `keys` says otherwise. */
export function rigOf(models: unknown, options: { folder?: string; key?: string } = {}): Rig {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'sapphire-models-'));
  const notes: AttemptNote[] = [];
  const { router, missing } = openRouter({
    models: modelsOf(models),
    secretOf: () => new Secret(options.key ?? KEY),
    clock: machineClock,
    stateFolder: folder,
    random: () => 0,
    onAttempt: (note) => notes.push(note),
  });
  return {
    router,
    missing,
    notes,
    folder,
    close: async () => {
      await router.close();
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const never = new AbortController().signal;
