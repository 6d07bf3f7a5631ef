// The few calls that a journal makes on a disk, as an interface, so that a test can fill the disk,
// break it, or let it lie. Writes are positional: where a byte goes never depends on a write before.

import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface DiskFile {
  /** Writes `bytes` at `position`; gives how many it took, which may be fewer. */
  write(bytes: Uint8Array, position: number): Promise<number>;
  /** Returns once what was written, and the file's length, would survive a power cut. */
  datasync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

export interface Disk {
  /** An empty file; what was there is gone. */
  create(path: string): Promise<DiskFile>;
  /** A file that exists, for writing. */
  open(path: string): Promise<DiskFile>;
  /** Renames within a folder and makes that durable. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file, if it is there, and makes that durable. */
  remove(path: string): Promise<void>;
}

/** The machine's own. */
export const machineDisk: Disk = Object.freeze({
  create: (path: string) => opened(path, 'w'),
  open: (path: string) => opened(path, 'r+'),
  async rename(from: string, to: string): Promise<void> {
    await rename(from, to);
    await syncFolder(dirname(to));
  },
  async remove(path: string): Promise<void> {
    await rm(path, { force: true });
    await syncFolder(dirname(path));
  },
});

async function opened(path: string, flags: string): Promise<DiskFile> {
  const handle = await open(path, flags);
  return {
    write: async (bytes, position) =>
      (await handle.write(bytes, 0, bytes.length, position)).bytesWritten,
    datasync: () => handle.datasync(),
    truncate: (length) => handle.truncate(length),
    close: () => handle.close(),
  };
}

/** A new name lives in the folder, and the folder is a file of its own to the disk. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes all of `bytes` from `position` on, however few a write takes at a time. */
export async function writeAll(file: DiskFile, bytes: Uint8Array, position: number): Promise<void> {
  for (let from = 0; from < bytes.length; ) {
    const taken = await file.write(bytes.subarray(from), position + from);
    if (!(taken > 0)) {
      throw Object.assign(new Error('the disk took no byte of a write'), { code: 'EIO' });
    }
    from += taken;
  }
}
