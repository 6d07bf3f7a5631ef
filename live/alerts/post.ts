// Where alerts go: one URL that takes a POST, and the JSON that its kind of service reads. The URL is a
// secret, because whoever has it can write there: only its host is ever shown.
//
//   SAPPHIRE_ALERT_URL=https://hooks.slack.com/services/...          Slack; Mattermost with FORMAT=slack
//   SAPPHIRE_ALERT_URL=https://discord.com/api/webhooks/...
//   SAPPHIRE_ALERT_URL=https://api.telegram.org/botTOKEN/sendMessage?chat_id=123
//   SAPPHIRE_ALERT_URL=https://ntfy.sh/my-topic                      another server with FORMAT=ntfy
//   SAPPHIRE_ALERT_URL=https://example.org/hook                      anything else: all of it as JSON

import { isoText } from '../../engine/config/instant.ts';
import { InputError, nearest } from '../../engine/errors.ts';
import { isLoopback } from '../loopback.ts';
import type { Secret } from '../venues/secret.ts';
import type { Alert, Urgency } from './worth.ts';

export const ALERT_URL = 'SAPPHIRE_ALERT_URL';
export const ALERT_FORMAT = 'SAPPHIRE_ALERT_FORMAT';

const FORMATS = ['slack', 'discord', 'telegram', 'ntfy', 'json'] as const;
type Format = (typeof FORMATS)[number];

const HOSTS: Readonly<Record<string, Format>> = {
  'hooks.slack.com': 'slack',
  'discord.com': 'discord',
  'discordapp.com': 'discord',
  'api.telegram.org': 'telegram',
  'ntfy.sh': 'ntfy',
};

/** Services cut or refuse longer ones. */
const LONGEST = 1000;
/** ntfy's: 5 breaks through silence. */
const PRIORITY: Readonly<Record<Urgency, number>> = { act: 5, look: 4, know: 2 };
const SIGNS: Readonly<Record<Urgency, string>> = { act: 'ACT', look: 'LOOK', know: 'FYI' };

/** An alert as it is sent: said by whom, when, and how often since the last time. */
export interface Sending extends Alert {
  /** Who says it: `live follow`. */
  readonly from: string;
  /** UTC ms. */
  readonly atMs: number;
  /** Of the same, that were not sent. */
  readonly repeats: number;
}

export interface Letterbox {
  /** For people: the host. */
  readonly host: string;
  /** What is posted, and where. */
  letter(sending: Sending): { readonly url: string; readonly body: string };
}

/** Throws InputError for a URL that is none, a clear one to another machine, an unknown format. */
export function letterboxAt(secret: Secret, format: string | undefined): Letterbox {
  const url = URL.parse(secret.reveal());
  const isHere = url !== null && isLoopback(url.hostname);
  if (url === null || (url.protocol !== 'https:' && !(url.protocol === 'http:' && isHere))) {
    // Not shown: it is a key.
    throw new InputError({ key: ALERT_URL, rule: 'must be an https: URL, or one of this machine' });
  }
  const kind = formatOf(url, format);
  const topic = url.pathname.split('/').findLast((part) => part !== '') ?? '';
  const chat = url.searchParams.get('chat_id') ?? '';
  if ((kind === 'ntfy' && topic === '') || (kind === 'telegram' && chat === '')) {
    const rule = kind === 'ntfy' ? 'must end with a topic' : 'must end with ?chat_id=NUMBER';
    throw new InputError({ key: ALERT_URL, rule: `${rule} for ${kind}` });
  }
  const target = kind === 'ntfy' ? url.origin : kind === 'telegram' ? bare(url) : url.href;
  return {
    host: url.host,
    letter: (sending) => ({
      url: target,
      body: JSON.stringify(bodyOf(kind, sending, { topic, chat })),
    }),
  };
}

function formatOf(url: URL, given: string | undefined): Format {
  if (!given) return HOSTS[url.hostname] ?? 'json';
  const format = FORMATS.find((name) => name === given);
  if (format !== undefined) return format;
  const rule = `must be one of ${FORMATS.join(', ')}`;
  const near = nearest(given, FORMATS);
  throw new InputError({ key: ALERT_FORMAT, rule, value: given, nearest: near });
}

function bare({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

function bodyOf(
  format: Format,
  sending: Sending,
  { topic, chat }: { readonly topic: string; readonly chat: string },
): object {
  const { code, urgency, text, from, atMs, repeats } = sending;
  const more = repeats > 0 ? ` (and ${repeats} more like it before)` : '';
  const line = `${text}${more}`.slice(0, LONGEST);
  const title = `${SIGNS[urgency]} sapphire ${from}`;
  switch (format) {
    case 'slack':
      // Its own words for people and channels begin with one of these.
      return { text: `${title}: ${line.replace(/[&<>]/g, (sign) => ESCAPES[sign]!)}` };
    case 'discord':
      return { content: `${title}: ${line}`, allowed_mentions: { parse: [] } };
    case 'telegram':
      return { chat_id: chat, text: `${title}: ${line}` };
    case 'ntfy':
      return { topic, title, message: line, priority: PRIORITY[urgency] };
    case 'json':
      return { title, text: line, code, urgency, from, at: isoText(atMs), repeats };
  }
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
