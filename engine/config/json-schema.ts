// The JSON Schema that editors read: the validator's own schema, not a second one.
//
// Two things differ. `required` is dropped, because a file holds only what differs from the
// defaults; `rule`, our sentence for a person, becomes the keyword under which editors look for it.

import { isPlain } from './place.ts';
import { ConfigSchema } from './schema.ts';

/** The schema as one JSON text, ending in a newline: what `strategies/configs/schema.json` holds. */
export function configJsonSchema(): string {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...(translated(ConfigSchema) as object),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function translated(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(translated);
  if (!isPlain(node)) return node;
  const entries: [string, unknown][] = [];
  for (const [keyword, value] of Object.entries(node)) {
    if (keyword === 'required' && Array.isArray(value)) continue;
    if (keyword !== 'rule' || typeof value !== 'string') entries.push([keyword, translated(value)]);
    else if (node['type'] === 'string') entries.push(['patternErrorMessage', value]);
  }
  return Object.fromEntries(entries);
}
