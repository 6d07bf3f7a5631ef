// What is wrong with a config's sources of news beyond single values.

import type { Problem } from '../errors.ts';
import { addressProblems, keyNameProblems } from './address.ts';
import type { Config } from './schema.ts';

type Sources = Config['world']['news']['sources'];

/** Stands for the key in a source's URL. */
export const KEY_PLACE = '{key}';

export function newsProblems(sources: Sources): Problem[] {
  return Object.entries(sources).flatMap(([id, { url, keyName }]) => {
    const key = `world.news.sources.${id}`;
    if (url === null) return [{ key: `${key}.url`, rule: 'is needed', value: url }];
    const problems = keyNameProblems(`${key}.keyName`, keyName);
    problems.push(...addressProblems(`${key}.url`, url, keyName !== null));
    if (url.includes(KEY_PLACE) !== (keyName !== null)) {
      const rule =
        keyName === null
          ? `is needed where the URL has ${KEY_PLACE}`
          : `goes with ${KEY_PLACE} in the URL`;
      problems.push({ key: `${key}.keyName`, rule, value: keyName });
    }
    return problems;
  });
}
