// The store while something is fetched into it: a file that is there is opened (and locked) before the
// first request, one that is not is made by the first page. A fetch that fails at once leaves nothing.

import { existsSync } from 'node:fs';
import { type DatasetRow, type FetchRecord, openStore, type Store } from '../store.ts';

export class Door {
  readonly path: string;
  /** Carried out once, with the first page and in its transaction. */
  first: ((store: Store) => Promise<void>) | null = null;
  #opening: Promise<Store> | null = null;

  private constructor(path: string) {
    this.path = path;
  }

  /** Throws StoreLockedError when another process has the file. */
  static async at(path: string): Promise<Door> {
    const door = new Door(path);
    if (existsSync(path)) await door.#open();
    return door;
  }

  async datasets(): Promise<readonly DatasetRow[]> {
    return (await this.#opening)?.datasets() ?? [];
  }

  async fetched(): Promise<readonly FetchRecord[]> {
    return (await this.#opening)?.fetched() ?? [];
  }

  /** All writes of `work` or none. */
  async commit<T>(work: (store: Store) => Promise<T>): Promise<T> {
    const store = await this.#open();
    const result = await store.transaction(async () => {
      await this.first?.(store);
      return work(store);
    });
    this.first = null;
    return result;
  }

  async close(): Promise<void> {
    const store = await this.#opening?.catch(() => null);
    store?.close();
  }

  #open(): Promise<Store> {
    this.#opening ??= openStore(this.path, { write: true });
    return this.#opening;
  }
}
