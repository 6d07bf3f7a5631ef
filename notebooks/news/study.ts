// A study of two agents that ask models, on real candles and headlines, with a tape that a rule recorded:
// `model: stand-in`. It shows the machinery (import, record, replay, compare) and nothing about models.
//
//   node notebooks/news/study.ts CANDLES HEADLINES FOLDER        npm run study:news -- CANDLES HEADLINES FOLDER
//
//   candles -> data import -> record --stand-in -> answers.ndjson -> backtest with news, twice
//                                                                 -> backtest without -> report -> study.md
//
// The same files give the same study.md, byte for byte; it says the commands that make it.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError, type Problem } from '../../engine/errors.ts';
import { decimal, percent } from '../../reports/format.ts';

const SAPPHIRE = fileURLToPath(new URL('../../bin/sapphire.mjs', import.meta.url));
const MODEL = 'stand-in';
const RANGE = ['--symbols', 'BTCUSDT', '--from', '2022-11-01', '--to', '2023-02-01'];

interface RunDocument {
  readonly digest: string;
  readonly statistics: Readonly<Record<string, number>>;
}

interface Comparison {
  readonly pairs: readonly { readonly verdict: string }[];
}

/**
 * Runs the study into `folder`, which must not be there yet; gives the text of study.md. Throws InputError
 * where it cannot be made of these files: the folder is then gone again.
 */
export function study(candles: string, headlines: string, folder: string): string {
  const problems: Problem[] = [];
  for (const [key, file] of Object.entries({ CANDLES: candles, HEADLINES: headlines })) {
    const isFile = existsSync(file) && statSync(file).isFile();
    if (!isFile) problems.push({ key, rule: 'must be a file', value: file });
  }
  if (existsSync(folder)) {
    problems.push({ key: 'FOLDER', rule: 'must not be there yet', value: folder });
  }
  if (problems.length > 0) throw new InputError(problems);
  const first = mkdirSync(folder, { recursive: true });
  try {
    return studied(candles, headlines, folder);
  } catch (error) {
    rmSync(first ?? folder, { recursive: true, force: true });
    throw error;
  }
}

function studied(candles: string, headlines: string, folder: string): string {
  const typed: string[] = [];
  const run = (...words: string[]): string => {
    typed.push(`npx sapphire ${words.join(' ')}`);
    const env = { ...process.env, SAPPHIRE_RUNS: join(folder, 'runs') };
    const { status, stdout } = spawnSync(process.execPath, [SAPPHIRE, ...words], {
      cwd: folder,
      env,
      encoding: 'utf8',
      maxBuffer: 64 * 2 ** 20,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (status === 0) return stdout;
    // What was wrong stands on stderr, or in what it printed.
    process.stderr.write(words.includes('--json') ? '' : stdout);
    throw new InputError({ key: 'study', rule: `ended at sapphire ${words.join(' ')}` });
  };
  const plain = ['--config', 'avax-arb', '--db', 'candles.duckdb', ...RANGE];
  const news = [...plain, '--set', `world.headlines=${headlines}`];
  const replayed = [...news, '--set', 'world.tape.file=answers.ndjson'];
  run('data', 'import', candles, '--db', 'candles.duckdb');
  run('record', ...news, '--tape', 'answers.ndjson', '--stand-in');
  const first: RunDocument = JSON.parse(run('backtest', ...replayed, '--json'));
  const second: RunDocument = JSON.parse(run('backtest', ...replayed, '--json'));
  const without: RunDocument = JSON.parse(run('backtest', ...plain, '--json'));
  const compared: Comparison = JSON.parse(run('report', 'latest~1', 'latest', '--json'));
  const text = page({ first, second, without }, compared, typed);
  writeFileSync(join(folder, 'study.md'), text);
  return text;
}

interface Runs {
  readonly first: RunDocument;
  readonly second: RunDocument;
  readonly without: RunDocument;
}

function page({ first, second, without }: Runs, { pairs }: Comparison, typed: string[]): string {
  const row = (name: string, { digest, statistics }: RunDocument) => {
    const { trades, totalReturn, sharpe, maxDrawdown } = statistics;
    const numbers = [trades, percent(totalReturn), decimal(sharpe), percent(maxDrawdown)];
    return `| ${name} | ${numbers.join(' | ')} | \`${digest}\` |`;
  };
  const isSame = first.digest === second.digest;
  return `# News, asked about: does the machinery hold?

model: ${MODEL}

**Every answer in this study comes from a rule (live/models/stand-in.ts), none from a language model.
Nothing about language models follows from it, for better or for worse.**

Two processes replayed the same tape: the runs are ${isSame ? 'equal to the last bit' : 'DIFFERENT'}.

| run | trades | return | Sharpe | max drawdown | digest |
| --- | --- | --- | --- | --- | --- |
${row(`with news, model: ${MODEL}`, first)}
${row('the same again', second)}
${row('without news', without)}

Without news (B) against with news (A): ${pairs[0]?.verdict ?? 'cannot be told'}

The questions, their answers and how long each took are in answers.ndjson, one line each, all of them marked
\`${MODEL}\`; the reports in runs/ say so on their first screen.

${typed.map((line) => `    ${line}`).join('\n')}
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [candles, headlines, folder] = process.argv.slice(2);
  if (candles === undefined || headlines === undefined || folder === undefined) {
    process.stderr.write(
      'error: study: needs CANDLES (BTCUSDT, hourly), HEADLINES (both with 2022-11 to 2023-01) and FOLDER\n',
    );
    process.exitCode = 2;
  } else {
    try {
      process.stdout.write(study(resolve(candles), resolve(headlines), resolve(folder)));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      process.stderr.write(`error: ${error.message}\n`);
      process.exitCode = 2;
    }
  }
}
