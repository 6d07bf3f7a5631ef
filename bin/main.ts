// The command `sapphire`: finds the verb, loads that verb's file and no other, and turns whatever
// is thrown into words and an exit code.
//
//   InputError 2        what a person can put right: one `error:` line per problem
//   InvariantError 3    a defect of ours: with its stack
//   anything else 1     one line; the stack with --debug or DEBUG=sapphire
//
// An error with an `exitCode` of its own (a locked store: 7) keeps it.
// Only light files are imported here, so that --help answers at once.

import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { InputError, InvariantError, type Problem, problemText } from '../engine/errors.ts';
import { hasPrintedJson, onInterrupt, printJson } from './output.ts';

interface VerbFile {
  /** Adds the verb with its flags to the program; its action imports what it needs. */
  register(program: Command): void;
}

interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<VerbFile>;
}

const fileOf = (name: string) => () => import(`./${name}.ts`) as Promise<VerbFile>;

/** Every verb: adding one is a file bin/<verb>.ts and a line here. */
export const VERBS: readonly Verb[] = [
  { name: 'backtest', summary: 'run a config over stored candles', load: fileOf('backtest') },
  {
    name: 'check-lookahead',
    summary: 'prove that decisions do not know the future',
    load: fileOf('check-lookahead'),
  },
  { name: 'config', summary: 'show, check or describe a config', load: fileOf('config') },
  { name: 'data', summary: 'fill and inspect the store of candles', load: fileOf('data') },
  { name: 'explain', summary: 'say why a trade was made', load: fileOf('explain') },
  {
    name: 'monte-carlo',
    summary: 'deal the trades or the market of a run again',
    load: fileOf('monte-carlo'),
  },
  { name: 'notebooks', summary: 'draw the notebooks and show them', load: fileOf('notebooks') },
  { name: 'flatten', summary: 'close everything at a venue', load: fileOf('flatten') },
  { name: 'live', summary: 'trade a promoted config at its venue', load: fileOf('live') },
  { name: 'paper', summary: 'trade a config on paper, with a journal', load: fileOf('paper') },
  { name: 'promote', summary: 'sign a config for live trading', load: fileOf('promote') },
  {
    name: 'record',
    summary: 'put down on a tape what models answer',
    load: fileOf('record'),
  },
  { name: 'replay', summary: 'run the journal of a session again', load: fileOf('replay') },
  { name: 'report', summary: 'draw a run again, or compare runs', load: fileOf('report') },
  { name: 'shadow', summary: 'compare a session with its backtest', load: fileOf('shadow') },
  { name: 'sweep', summary: 'try many values of a config', load: fileOf('sweep') },
  {
    name: 'sweep-worker',
    summary: 'run trials of sweeps that are queued',
    load: fileOf('sweep-worker'),
  },
  { name: 'trials', summary: 'list what was tried so far, by family', load: fileOf('trials') },
  { name: 'walk-forward', summary: 'learn, trade the next window', load: fileOf('walk-forward') },
];

const EXAMPLES = `
Examples:
  sapphire backtest                                     the default config over what is stored
  sapphire backtest --config momentum --symbols BTCUSDT --interval 1m
  sapphire config show --set decision.risk.maxPositions=3
`;

/** Runs the command line `words` (without node and script) and sets the exit code. */
export async function main(words: readonly string[]): Promise<void> {
  process.on('SIGINT', onInterrupt);
  process.stdout.on('error', quietPipe);
  process.stderr.on('error', quietPipe);
  const fail = (error: unknown) => end(report(error, words, process.env));
  process.on('uncaughtException', fail);
  try {
    await (await programFor(words)).parseAsync(words, { from: 'user' });
  } catch (error) {
    fail(error);
  }
}

/** The program with the verb that `words` name; the others are known by name and summary only. */
export async function programFor(words: readonly string[]): Promise<Command> {
  const program = new Command('sapphire')
    .description('Backtests and simulates strategies for crypto perpetuals, deterministically.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [verb]', 'print help of a verb')
    .option('--debug', 'print the stack of an error')
    .configureOutput({ outputError: () => {} })
    .exitOverride()
    .addHelpText('after', EXAMPLES);
  const [first, second] = words.filter((word) => !word.startsWith('-'));
  const wanted = first === 'help' ? second : first;
  for (const { name, summary, load } of VERBS) {
    if (name === wanted) (await load()).register(program);
    else program.command(name).description(summary);
  }
  if (wanted === undefined) program.action(() => program.outputHelp());
  return program;
}

/** Says what went wrong, in words on stderr or as the one JSON document, and gives the exit code. */
export function report(
  error: unknown,
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): number {
  const end = words.indexOf('--');
  const flags = end < 0 ? words : words.slice(0, end);
  const isDebug = flags.includes('--debug') || /\bsapphire\b/.test(environment['DEBUG'] ?? '');
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const problems = problemsOf(error);
  const isJson = flags.includes('--json') && !hasPrintedJson();
  if (problems !== null) {
    if (isJson) printJson({ error: { problems } });
    // A verb without its noun has printed its help already.
    else if (!isMissingNoun(error)) for (const one of problems) say(`error: ${problemText(one)}`);
    if (isDebug) say(stackOf(error));
    return codeOf(error, 2);
  }
  const code = codeOf(error, error instanceof InvariantError ? 3 : 1);
  const message = error instanceof Error ? error.message : String(error);
  if (isJson) printJson({ error: { code, message } });
  else say(`error: ${message || 'unknown'}`);
  if (isDebug || code === 3) say(stackOf(error));
  return code;
}

/** An error may know its exit code better, as that of a locked store does. */
function codeOf(error: unknown, otherwise: number): number {
  if (!(error instanceof Error) || error instanceof CommanderError) return otherwise;
  const code: unknown = 'exitCode' in error ? error.exitCode : undefined;
  return Number.isInteger(code) && (code as number) > 0 ? (code as number) : otherwise;
}

function isMissingNoun(error: unknown): boolean {
  return error instanceof CommanderError && error.code === 'commander.help';
}

function problemsOf(error: unknown): readonly Problem[] | null {
  if (error instanceof InputError) return error.problems;
  return error instanceof CommanderError ? [usageProblem(error)] : null;
}

/** `error: unknown option '--symbl'\n(Did you mean --symbols?)` as key, rule and nearest name. */
function usageProblem(error: CommanderError): Problem {
  if (isMissingNoun(error)) return { key: 'command', rule: 'needs one of its subcommands' };
  const [text = '', hint = ''] = error.message.replace(/^error: /, '').split('\n');
  const nearest = /^\(Did you mean (?:one of )?(.+)\?\)$/.exec(hint)?.[1];
  if (error.code === 'commander.excessArguments') {
    return { key: 'command', rule: 'takes no such argument: flags begin with --' };
  }
  const named = /^(.*?)\s*'([^']*)'\s*(.*)$/s.exec(text);
  if (named === null) return { key: 'command', rule: text, nearest };
  const [, before = '', name = '', after = ''] = named;
  return { key: name, rule: `${before} ${after}`.trim(), nearest };
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Ends once both streams are written: a pipe is slower than process.exit. */
function end(code: number): void {
  process.exitCode = code;
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}

/** `sapphire ... | head` closes the pipe early, and that is no error. */
function quietPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  throw error;
}

function version(): string {
  const file = new URL('../package.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).version;
}
