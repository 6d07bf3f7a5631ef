// A disk that does as it is told: takes a few bytes at a time, runs full, breaks at a flush. It
// stands on the machine's own, so that what was written can be read back.

import { type Disk, type DiskFile, machineDisk } from '../../../live/journal/disk.ts';

export class BadDisk implements Disk {
  /** Bytes there is room for; what is removed gives its bytes back. */
  room = Number.POSITIVE_INFINITY;
  /** Most bytes a write takes. */
  takes = Number.POSITIVE_INFINITY;
  /** Code with which the next flush fails, once. */
  syncFails: string | null = null;
  /** Code with which the next write fails, once. */
  writeFails: string | null = null;
  /** Every call, in order. */
  readonly calls: string[] = [];
  readonly #sizes = new Map<string, number>();

  async create(path: string): Promise<DiskFile> {
    this.calls.push('create');
    return this.#wrap(path, await machineDisk.create(path));
  }

  async open(path: string): Promise<DiskFile> {
    this.calls.push('open');
    return this.#wrap(path, await machineDisk.open(path));
  }

  async rename(from: string, to: string): Promise<void> {
    this.calls.push('rename');
    await machineDisk.rename(from, to);
  }

  async remove(path: string): Promise<void> {
    this.calls.push('remove');
    this.room += this.#sizes.get(path) ?? 0;
    await machineDisk.remove(path);
  }

  #wrap(path: string, file: DiskFile): DiskFile {
    return {
      write: async (bytes, position) => {
        this.calls.push('write');
        if (this.writeFails !== null) throw this.#failure('writeFails');
        const length = Math.min(bytes.length, this.takes, this.room);
        if (length === 0) throw coded('ENOSPC');
        this.room -= length;
        this.#sizes.set(path, (this.#sizes.get(path) ?? 0) + length);
        return file.write(bytes.subarray(0, length), position);
      },
      datasync: async () => {
        this.calls.push('datasync');
        if (this.syncFails !== null) throw this.#failure('syncFails');
        await file.datasync();
      },
      truncate: async (length) => {
        this.calls.push('truncate');
        await file.truncate(length);
      },
      close: () => file.close(),
    };
  }

  #failure(which: 'syncFails' | 'writeFails'): Error {
    const code = this[which]!;
    this[which] = null;
    return coded(code);
  }
}

function coded(code: string): Error {
  return Object.assign(new Error(`${code}: as told`), { code });
}
