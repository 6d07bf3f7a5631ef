// The command without a process of its own: the same line, folder and environment, the same output and
// exit code, at a fifth of the price. For what is printed and left behind; what a process is
// promised (signals, pipes, an end at once) is tried on one: see cli.ts.
//
// One at a time, because a process has one folder, one environment and one stdout. A module that was
// loaded stays loaded: two strategies of one name need two folders.

import { programFor, report } from '../../bin/main.ts';
import { forgetJson } from '../../bin/output.ts';
import { type CliOptions, type Ended, plainEnvironment } from './cli.ts';

let last: Promise<unknown> = Promise.resolve();

/** Carries out a command line; resolves to what a process would have printed and ended with. */
export function called(words: readonly string[], options: CliOptions = {}): Promise<Ended> {
  const mine = last.then(() => carriedOut(words, options));
  last = mine.catch(() => {});
  return mine;
}

async function carriedOut(
  words: readonly string[],
  { cwd = process.cwd(), env = {} }: CliOptions,
): Promise<Ended> {
  const before = { cwd: process.cwd(), env: { ...process.env }, code: process.exitCode };
  const [stdout, stderr] = [listenTo(process.stdout), listenTo(process.stderr)];
  process.chdir(cwd);
  setEnvironment({ ...plainEnvironment(), ...env });
  process.exitCode = undefined;
  forgetJson();
  try {
    let code = 0;
    try {
      await (await programFor(words)).parseAsync(words, { from: 'user' });
      code = Number(process.exitCode ?? 0);
    } catch (error) {
      code = report(error, words, process.env);
    }
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    for (const stream of [stdout, stderr]) stream.stop();
    process.chdir(before.cwd);
    setEnvironment(before.env);
    process.exitCode = before.code;
  }
}

/** Keeps what is written to a stream from now on, instead of writing it. */
function listenTo(stream: NodeJS.WriteStream): { text(): string; stop(): void } {
  const { write } = stream;
  let kept = '';
  stream.write = ((chunk: string | Uint8Array, ...more: unknown[]) => {
    kept += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    const done = more.find((one) => typeof one === 'function');
    if (done) process.nextTick(done);
    return true;
  }) as typeof write;
  return {
    text: () => kept,
    stop: () => {
      stream.write = write;
    },
  };
}

function setEnvironment(wanted: Readonly<Record<string, string | undefined>>): void {
  for (const name of Object.keys(process.env)) {
    if (wanted[name] === undefined) delete process.env[name];
  }
  for (const [name, value] of Object.entries(wanted)) {
    if (value !== undefined) process.env[name] = value;
  }
}
