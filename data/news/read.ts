// What a source of news says, as headlines: RSS, Atom, RDF and JSON Feed through `feedsmith`, and the plain
// lists in JSON that news services answer with (`{"results": [{"title": ..., "published_at": ...}]}`).
//
// Titles are texts of strangers: cut and put on one line, and nothing in them is looked at. Entities that a
// document defines itself are not expanded. What has no title is passed over; what is no list of news is a
// BadReply.

import { parseFeed } from 'feedsmith';
import { HEADLINE_LENGTH } from '../../engine/market/headlines.ts';
import { plainLine } from '../../engine/text.ts';
import { timeOfCell, timeOfNumber } from '../importers/times.ts';
import { BadReply, type Json, shown } from '../venues/said.ts';

export interface NewsItem {
  /** What the source calls it, else its title: the same item has the same id. */
  readonly id: string;
  readonly title: string;
  /** When it says that it was published, UTC ms; NaN = it does not say. */
  readonly publishedMs: number;
}

/** Items of one document that are read, from its top: sources put the newest there. */
export const MOST_ITEMS = 200;
/** Characters of an id that are kept. */
const ID_LENGTH = 300;

const LISTS = ['items', 'results', 'articles', 'posts', 'news', 'entries', 'data', 'Data'];
const IDS = ['id', 'guid', 'uuid', 'url', 'link'];
const TITLES = ['title', 'headline', 'text'];
const TIMES = [
  ...['published_at', 'publishedAt', 'date_published', 'published', 'published_on', 'pubDate'],
  ...['created_at', 'createdAt', 'datetime', 'timestamp', 'time', 'date', 'updated'],
];

/** In the order of the document. Throws BadReply. */
export function readNews(text: string): NewsItem[] {
  const start = text.trimStart()[0];
  const entries = start === '{' || start === '[' ? listIn(jsonOf(text)) : entriesOf(text);
  return entries.slice(0, MOST_ITEMS).flatMap((entry) => itemOf(entry) ?? []);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadReply('must be JSON, or XML of a feed, to its end');
  }
}

/** The list itself, or the first list of objects under one of the usual names. */
function listIn(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  const found = LISTS.map((name) => (value as Json)[name]).find((list) => Array.isArray(list));
  if (found !== undefined) return found as readonly unknown[];
  const names = shown(Object.keys(value as Json).join(', '));
  throw new BadReply(`must have a list (${LISTS.join(', ')}), has ${names}`);
}

function entriesOf(text: string): readonly unknown[] {
  let feed: object;
  try {
    ({ feed } = parseFeed(text));
  } catch (error) {
    // Its parser has its own words for what is no XML, and for XML that is no feed.
    throw new BadReply(`must be RSS, Atom, JSON Feed or a list in JSON (${shown(String(error))})`);
  }
  const { items, entries } = feed as { items?: unknown; entries?: unknown };
  const list = items ?? entries ?? [];
  return Array.isArray(list) ? list : [];
}

function itemOf(entry: unknown): NewsItem | null {
  if (typeof entry !== 'object' || entry === null) return null;
  const object = entry as Json;
  const title = plainLine(firstText(object, TITLES), HEADLINE_LENGTH);
  if (title === '') return null;
  const id = plainLine(firstText(object, IDS), ID_LENGTH) || title;
  return { id, title, publishedMs: firstTime(object) };
}

/** The first that is there, as a text: of one with a type or an attribute its value. */
function firstText(object: Json, names: readonly string[]): string {
  for (const name of names) {
    const given = Object.hasOwn(object, name) ? object[name] : undefined;
    const value = isObject(given) ? given['value'] : given;
    if (typeof value === 'string' && value.trim() !== '') return value;
    if (typeof value === 'number') return String(value);
  }
  return '';
}

function firstTime(object: Json): number {
  for (const name of TIMES) {
    const value = Object.hasOwn(object, name) ? object[name] : undefined;
    if (typeof value === 'number') return timeOfNumber(value);
    if (typeof value === 'string') return timeOfText(value.trim());
  }
  return Number.NaN;
}

/** As ISO 8601 or a number has it, or as mail has it: `Tue, 10 Jun 2025 04:00:00 +0200`. */
function timeOfText(text: string): number {
  const ms = timeOfCell(text);
  if (!Number.isNaN(ms) || !/^([a-z]{3}, )?\d{1,2} [a-z]{3} \d{4} /i.test(text)) return ms;
  // Without a zone it would be this machine's.
  return Date.parse(/(\b[a-z]{1,4}|[+-]\d{2}:?\d{2})$/i.test(text) ? text : `${text} GMT`);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
