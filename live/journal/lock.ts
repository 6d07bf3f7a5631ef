// One writer a folder, by a lock of the operating system that ends with the process, however it
// ends. Node has no flock, but its own SQLite takes one: an exclusive transaction on an empty
// database locks the file (fcntl), also against this same process, and writes nothing.
//
// Who holds it stands in a file beside it, for the message only: nobody decides by it. The lock is as
// good as the file system's: on a network disk without locks it holds nothing.

import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { JournalFault, JournalRefusal } from './refusal.ts';

const LOCK = 'writer.lock';
const HOLDER = 'writer.json';
/** SQLITE_BUSY. */
const BUSY = 5;

/**
 * Locks that are held. A database that nobody can reach is closed by the collector, and its lock with
 * it: whoever takes a lock and keeps no hold of it would lose it at a time of the collector's choice.
 */
const held = new Set<DatabaseSync>();

export class JournalLock {
  #database: DatabaseSync | null;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /**
   * Takes the lock of an existing folder for `sessionId`, at once or not at all. Throws
   * JournalRefusal (`journal-locked`, exit code 7) naming the holder; JournalFault when the folder
   * cannot be written.
   */
  static take(folder: string, sessionId: string): JournalLock {
    let database: DatabaseSync | null = null;
    try {
      database = new DatabaseSync(join(folder, LOCK), { timeout: 0 });
      database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
      const holder = { pid: process.pid, host: hostname(), session: sessionId };
      writeFileSync(join(folder, HOLDER), `${JSON.stringify(holder)}\n`);
      held.add(database);
      return new JournalLock(database);
    } catch (error) {
      database?.close();
      if (error instanceof Error && 'errcode' in error && error.errcode === BUSY) {
        const rule = `must have one writer: ${holderText(folder)} is writing it`;
        throw new JournalRefusal('journal-locked', folder, 0, rule, { cause: error });
      }
      const text = error instanceof Error ? error.message : String(error);
      throw new JournalFault('journal-failed', `${folder}: cannot be locked: ${text}`, error);
    }
  }

  /** Gives it back. A second call does nothing. */
  release(): void {
    if (this.#database === null) return;
    held.delete(this.#database);
    this.#database.close();
    this.#database = null;
  }
}

function holderText(folder: string): string {
  try {
    const { pid, host, session } = JSON.parse(readFileSync(join(folder, HOLDER), 'utf8'));
    return `process ${pid} on ${host} (session ${session})`;
  } catch {
    return 'another process';
  }
}
