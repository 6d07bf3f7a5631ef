// A real redis-server of a test's own: on a free port, in a folder of its own, with a password.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const WANTED = "needs redis-server: apt-get install redis-server (Debian's package)";

/** True where there is one. On CI a missing one is an error, elsewhere a reason to skip. */
export function hasRedis(): boolean {
  const isThere = spawnSync('redis-server', ['--version']).status === 0;
  if (!isThere && process.env['CI']) throw new Error(WANTED);
  if (!isThere) process.stderr.write(`skipped: ${WANTED}\n`);
  return isThere;
}

export interface RedisServer {
  readonly password: string;
  /** Address with its password; `db` is a room of its own. */
  url(db?: number): string;
  /** The same as it may be printed. */
  shown(db?: number): string;
  /** Ends it at once: all that it held is forgotten. */
  stop(): Promise<void>;
  /** Starts it again where it was. */
  start(): Promise<void>;
  remove(): Promise<void>;
}

export async function redisServer(): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'sapphire-redis-'));
  const port = await freePort();
  const password = 'open-sesame';
  let child: ChildProcess | null = null;
  const start = async () => {
    const words = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder];
    const started = spawn('redis-server', [...words, '--requirepass', password]);
    child = started;
    await new Promise<void>((ready, fail) => {
      started.on('error', fail);
      started.on('exit', (code) => fail(new Error(`redis-server ended with ${code}`)));
      let said = '';
      started.stdout.on('data', (text) => {
        said += text;
        if (said.includes('Ready to accept connections')) ready();
      });
    });
  };
  const stop = async () => {
    const running = child;
    child = null;
    if (running === null) return;
    const gone = new Promise((done) => running.once('exit', done));
    running.kill('SIGKILL');
    await gone;
  };
  await start();
  return {
    password,
    url: (db = 0) => `redis://:${password}@127.0.0.1:${port}/${db}`,
    shown: (db = 0) => `redis://127.0.0.1:${port}/${db}`,
    stop,
    start,
    async remove() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.on('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}
