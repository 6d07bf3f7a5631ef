// Where a live session hears headlines, for agents that read news. Keys are named, never written.

import { branch, keyed, number, textOrNull } from './parts.ts';

export const NewsSource = branch({
  url: textOrNull(
    null,
    'RSS, Atom, JSON Feed or a list in JSON, http(s); {key} stands for its key.',
  ),
  keyName: textOrNull(null, 'Variable that holds its key; null = it needs none.'),
});

export const News = branch({
  sources: keyed(NewsSource, 'Sources of headlines of a live or paper session, keyed by a name.'),
  everySeconds: number(60, 5, 86_400, 'Between two looks at a source.'),
  maxAgeMinutes: number(
    60,
    1,
    10_080,
    'A headline that says it is older than this when it is first seen is passed over.',
  ),
});
