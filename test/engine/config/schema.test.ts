// The schema and what editors get of it.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../../engine/config/check.ts';
import { parseJson } from '../../../engine/config/json.ts';
import { configJsonSchema } from '../../../engine/config/json-schema.ts';
import { fixedPaths, isBranch, nodeAt } from '../../../engine/config/place.ts';

const CONFIGS = new URL('../../../strategies/configs/', import.meta.url);
const names = readdirSync(CONFIGS).filter((name) => name !== 'schema.json');

describe('the JSON Schema', () => {
  it('in strategies/configs is current: npm run -s config -- schema', () => {
    expect(readFileSync(new URL('schema.json', CONFIGS), 'utf8')).toBe(configJsonSchema());
  });

  it('requires nothing, refuses unknown keys everywhere, and allows $schema', () => {
    const schema = JSON.parse(configJsonSchema());
    const walk = (node: Record<string, unknown>) => {
      expect(node).not.toHaveProperty('required');
      expect(node).not.toHaveProperty('$id');
      if (node['type'] === 'object') expect(node['additionalProperties']).toBe(false);
      const inner = { ...(node['properties'] ?? {}), ...(node['patternProperties'] ?? {}) };
      for (const child of Object.values(inner)) walk(child as Record<string, unknown>);
    };
    walk(schema);
    expect(schema.title).toBe('Sapphire run config');
    expect(schema.properties.$schema.type).toBe('string');
    expect(
      schema.properties.decision.properties.risk.properties.sizing.properties.rule.default,
    ).toBe('kelly');
  });

  it('describes every value and gives each a default that passes', () => {
    for (const path of fixedPaths()) {
      const node = nodeAt(path) as { description?: string; default?: unknown };
      if (path !== '$schema') expect(node, path).toHaveProperty('default');
      if (!isBranch(node)) expect(node.description, path).toBeTruthy();
    }
    expect(checkConfig({ decision: { strategy: 'x' } }).seed).toBe(1);
  });
});

describe('a shipped config', () => {
  it.each(names)('%s passes and is named after its file', (name) => {
    const config = checkConfig(parseJson(readFileSync(new URL(name, CONFIGS), 'utf8'), name));
    expect(`${config.name}.json`).toBe(name);
  });
});
