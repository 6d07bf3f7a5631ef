// A page as a picture or as paper, through the machine's own Chromium: started without a window, spoken
// to over a pipe (DevTools protocol, one JSON text a message, ended by a zero byte), never downloaded.
//
//   sapphire  -- fd 3 -->  chromium --headless --remote-debugging-pipe
//             <-- fd 4 --

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { InputError } from '../engine/errors.ts';
import type { Environment } from './output.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const ELSEWHERE = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
/** Pixels of a picture: what fits a report on a desk, and what Chromium draws without tearing. */
const WIDTH = 1280;
const MOST_HEIGHT = 16_000;
const PATIENCE_MS = 60_000;

/** Path of the browser: `CHROMIUM`, or the first on the path. Throws InputError naming `flag`. */
export function findChromium(flag: string, environment: Environment): string {
  const asked = environment['CHROMIUM'];
  if (asked !== undefined && asked !== '') {
    if (existsSync(asked)) return asked;
    throw new InputError({ key: 'CHROMIUM', rule: 'must be the path of a browser', value: asked });
  }
  const folders = (environment['PATH'] ?? '').split(delimiter);
  const onPath = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = [...onPath, ...ELSEWHERE].find((path) => existsSync(path));
  if (found !== undefined) return found;
  const rule = 'needs Chromium or Chrome: install it, or set CHROMIUM to its path';
  throw new InputError({ key: flag, rule });
}

export interface Printed {
  readonly png?: Buffer;
  readonly pdf?: Buffer;
}

/** Opens a local page and gives its picture (whole, light) and its paper (A4). */
export async function printPage(
  browser: string,
  file: string,
  wanted: { readonly png: boolean; readonly pdf: boolean },
): Promise<Printed> {
  const profile = mkdtempSync(join(tmpdir(), 'sapphire-chromium-'));
  const child = start(browser, profile);
  const gone = ended(child);
  try {
    const pipe = new Pipe(child, gone);
    const { targetId } = await pipe.ask('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await pipe.ask('Target.attachToTarget', { targetId, flatten: true });
    const ask = (method: string, params: object = {}) =>
      pipe.ask(method, params, String(sessionId));
    await ask('Page.enable');
    await ask('Emulation.setDeviceMetricsOverride', {
      width: WIDTH,
      height: 900,
      deviceScaleFactor: 1,
      mobile: false,
    });
    const loaded = pipe.heard('Page.loadEventFired');
    await ask('Page.navigate', { url: pathToFileURL(file).href });
    await loaded;
    return {
      ...(wanted.png ? { png: await pictureOf(ask) } : {}),
      ...(wanted.pdf ? { pdf: await paperOf(ask) } : {}),
    };
  } finally {
    child.kill('SIGKILL');
    await gone.catch(() => undefined);
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

type Ask = (method: string, params?: object) => Promise<Record<string, unknown>>;

async function pictureOf(ask: Ask): Promise<Buffer> {
  const { cssContentSize } = await ask('Page.getLayoutMetrics');
  const { height } = cssContentSize as { readonly height: number };
  const clip = { x: 0, y: 0, width: WIDTH, height: Math.min(height, MOST_HEIGHT), scale: 1 };
  const options = { format: 'png', captureBeyondViewport: true, clip };
  const { data } = await ask('Page.captureScreenshot', options);
  return Buffer.from(String(data), 'base64');
}

async function paperOf(ask: Ask): Promise<Buffer> {
  const inches = { paperWidth: 8.27, paperHeight: 11.69 };
  const margins = { marginTop: 0.5, marginBottom: 0.5, marginLeft: 0.45, marginRight: 0.45 };
  const options = { ...inches, ...margins, printBackground: true };
  const { data } = await ask('Page.printToPDF', options);
  return Buffer.from(String(data), 'base64');
}

function start(browser: string, profile: string): ChildProcess {
  // Chromium refuses its sandbox to root; the page is our own and its policy forbids everything.
  const isRoot = process.getuid?.() === 0;
  const flags = [
    '--headless',
    '--remote-debugging-pipe',
    `--user-data-dir=${profile}`,
    '--no-first-run',
    '--disable-gpu',
    '--disable-extensions',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--hide-scrollbars',
    ...(isRoot ? ['--no-sandbox'] : []),
  ];
  return spawn(browser, flags, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
}

/** Fails when the browser is gone before its work is done. */
function ended(child: ChildProcess): Promise<never> {
  const gone = new Promise<never>((_, fail) => {
    child.on('error', (error) => fail(new Error(`Chromium did not start: ${error.message}`)));
    child.on('exit', (code, signal) => fail(new Error(`Chromium ended early (${code ?? signal})`)));
  });
  gone.catch(() => undefined);
  return gone;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** Questions and answers by number, events by name. */
class Pipe {
  readonly #out: Writable;
  readonly #gone: Promise<never>;
  readonly #waiting = new Map<number | string, (message: Message) => void>();
  #last = 0;

  constructor(child: ChildProcess, gone: Promise<never>) {
    this.#out = child.stdio[3] as Writable;
    this.#gone = gone;
    this.#out.on('error', () => {});
    let rest = '';
    (child.stdio[4] as Readable).setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\0');
      rest = parts.pop()!;
      for (const part of parts) this.#hear(JSON.parse(part) as Message);
    });
  }

  #hear(message: Message): void {
    const key = message.id ?? message.method ?? '';
    this.#waiting.get(key)?.(message);
    this.#waiting.delete(key);
  }

  async ask(method: string, params: object, sessionId?: string): Promise<Record<string, unknown>> {
    const id = ++this.#last;
    const answer = this.#wait(id, method);
    this.#out.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    const { result, error } = await answer;
    if (error !== undefined) throw new Error(`Chromium refused ${method}: ${error.message}`);
    return result ?? {};
  }

  heard(event: string): Promise<Message> {
    return this.#wait(event, event);
  }

  #wait(key: number | string, what: string): Promise<Message> {
    let timer: NodeJS.Timeout;
    const late = new Promise<never>((_, fail) => {
      const error = new Error(`Chromium did not answer ${what} in ${PATIENCE_MS / 1000} s`);
      timer = setTimeout(() => fail(error), PATIENCE_MS);
    });
    const answer = new Promise<Message>((done) => this.#waiting.set(key, done));
    return Promise.race([answer, late, this.#gone]).finally(() => clearTimeout(timer));
  }
}
