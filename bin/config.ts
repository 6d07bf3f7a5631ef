// `sapphire config`: what a run's config is and where each value came from, without running it.

import type { Command } from 'commander';
import type { Config } from '../engine/config/schema.ts';
import { addRunFlags, examples, fileLayer, loadRunConfig, type RunFlags } from './flags.ts';
import { painter, printJson } from './output.ts';

/** Adds `config show`, `config schema` and `config check`. */
export function register(program: Command): void {
  const config = program.command('config').description('show, check or describe a config');
  config.addHelpText(
    'after',
    examples(
      ['sapphire config show', 'the default config, each value with its origin'],
      ['sapphire config check my.json', 'every mistake of a file at once'],
    ),
  );

  addRunFlags(config.command('show'))
    .description('print the merged config and where each value comes from')
    .addHelpText(
      'after',
      examples(
        ['sapphire config show --config momentum', ''],
        ['sapphire config show --set agents.quant-alpha.weight=2', 'a path may be shortened'],
        ['TRAILING_STEP=0.005 sapphire config show', "the original system's names count too"],
      ),
    )
    .action(show);

  config
    .command('schema')
    .description('print the JSON Schema of a config, for editors')
    .addHelpText('after', examples(['sapphire config schema > strategies/configs/schema.json', '']))
    .action(async () => {
      const { configJsonSchema } = await import('../engine/config/json-schema.ts');
      process.stdout.write(configJsonSchema());
    });

  config
    .command('check')
    .argument('<file>', 'config file, or the name of a shipped one')
    .option('--json', 'print one JSON document on stdout')
    .description('check a config file against the schema and its rules')
    .addHelpText('after', examples(['sapphire config check my.json', '']))
    .action(check);
}

async function show(flags: RunFlags): Promise<void> {
  const { config, origins } = await loadRunConfig(flags, process.env, process.cwd());
  if (flags.json) printJson({ config, origins: Object.fromEntries(origins) });
  else process.stdout.write(tableText(config, origins, painter(process.stdout)));
}

async function check(file: string, flags: { readonly json?: boolean }): Promise<void> {
  const { mergeLayers } = await import('../engine/config/layers.ts');
  const { CONTRADICTIONS } = await import('../engine/research/contradictions.ts');
  const { config } = mergeLayers([fileLayer(file, process.cwd())], CONTRADICTIONS);
  if (flags.json) printJson({ ok: true, file, name: config.name });
  else process.stdout.write(`${file}: fine\n`);
}

/** One line per value: path, value, origin; what nobody set is dimmed. */
export function tableText(
  config: Config,
  origins: ReadonlyMap<string, string>,
  paint: ReturnType<typeof painter>,
): string {
  const rows = [...origins].map(([path, origin]) => [path, valueAt(config, path), origin] as const);
  const pathWidth = Math.max(...rows.map(([path]) => path.length));
  const valueWidth = Math.min(40, Math.max(...rows.map(([, value]) => value.length)));
  const lines = rows.map(([path, value, origin]) => {
    const line = `${path.padEnd(pathWidth)}  ${value.padEnd(valueWidth)}  ${origin}`;
    return origin === 'default' ? paint('dim', line) : line;
  });
  return `${lines.join('\n')}\n`;
}

function valueAt(config: Config, path: string): string {
  let value: unknown = config;
  for (const key of path.split('.')) value = (value as Record<string, unknown>)[key];
  return JSON.stringify(value);
}
