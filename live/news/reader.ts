// The thread behind ReaderThread: a document in, its items or what is wrong with it out.

import { parentPort } from 'node:worker_threads';
import { type NewsItem, readNews } from '../../data/news/read.ts';
import { BadReply } from '../../data/venues/said.ts';

export type Reading =
  | { readonly items: readonly NewsItem[]; readonly why: null }
  | { readonly items: null; readonly why: string };

parentPort!.on('message', (text: string) => {
  parentPort!.postMessage(readingOf(text));
});

function readingOf(text: string): Reading {
  try {
    return { items: readNews(text), why: null };
  } catch (error) {
    return { items: null, why: error instanceof BadReply ? error.message : String(error) };
  }
}
