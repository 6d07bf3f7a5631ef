// A venue's public side on 127.0.0.1: HTTP and WebSocket on one port, as the documentation says it
// behaves, and every way it misbehaves. No test runner in here: benches use it for hours.
//
//   const server = await startAsterServer({ symbols: { BTCUSDT: { candles } }, nowMs });
//   openAster({ hosts: server.hosts, pace })        symbols are always in OUR spelling
//   server.form('BTCUSDT', candle)                  pushed as forming; REST serves it, unfinished
//   server.close('BTCUSDT', candle)                 pushed as final (where the venue tells); kept
//   server.revise('BTCUSDT', candle)                history changed after the fact, and pushed
//   server.append('BTCUSDT', candle)                history only, nothing pushed
//   await server.stop()
//
// Stream faults:  drop()  refuse(true|false)  freeze(true|false)  hold() release('reversed')
//                 repeat = 3   delayMs = 500   say(text)   mute(symbol)   spoil(fault, where)
// REST faults:    fail(fault, times, path)  miss(symbol, openMs)  lose(symbol, openMs, times)
//                 ban(untilMs)  dateSkewMs = 5000  isStuck = true  shuffle = true
//                 heal() takes back what is in line
// What was seen:  requests[]  connections  opened  refused  heard[]
//
// REST serves candles that have opened by the server's clock `nowMs` (default the machine's), the
// unfinished one included, as both venues do; a history may reach into the future.

import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { SaidCandle, VenueHosts } from '../../../data/venues/contract.ts';
import { decimalText } from './candles.ts';
import type { Dialect, LocalSymbol, LocalVenueOptions, Market, SeenRequest } from './dialect.ts';
import { type CandleFault, type RestFault, spoiled, type WireCandle } from './faults.ts';
import { LocalRest } from './local-rest.ts';
import { LocalStream } from './local-stream.ts';

interface Kept {
  readonly about: LocalSymbol;
  readonly candles: SaidCandle[];
  readonly missing: Set<number>;
}

export class LocalVenue implements Market {
  readonly intervalMs: number;
  /** Connections turned away. */
  refused = 0;
  /** While true what is beyond the history is answered with its last candle. */
  isStuck = false;
  /** While true candles of REST come newest first, against the documentation. */
  shuffle = false;
  readonly #dialect: Dialect;
  readonly #nowMs: () => number;
  readonly #kept = new Map<string, Kept>();
  readonly #sockets = new Set<Socket>();
  readonly #http: Server;
  readonly #lost: { readonly symbol: string; readonly openMs: number; times: number }[] = [];
  readonly #rest: LocalRest;
  readonly #stream: LocalStream;
  #port = 0;
  #isRefusing = false;
  #spoilStream: CandleFault | null = null;
  #spoilRest: CandleFault | null = null;

  constructor(dialect: Dialect, options: LocalVenueOptions) {
    const { pingEveryMs = 300_000, idleMs = dialect.idleMs } = options;
    this.#dialect = dialect;
    this.#nowMs = options.nowMs ?? Date.now;
    this.intervalMs = options.intervalMs ?? 60_000;
    for (const [symbol, about] of Object.entries(options.symbols)) {
      const candles = [...(about.candles ?? [])];
      this.#kept.set(symbol, { about, candles, missing: new Set() });
    }
    this.#rest = new LocalRest(dialect, this, options.weightLimit ?? dialect.weightLimit);
    this.#stream = new LocalStream(dialect, this, pingEveryMs, idleMs);
    this.#http = createServer((request, response) => void this.#rest.serve(request, response));
    this.#http.on('connection', (socket) => this.#meet(socket));
    this.#http.on('upgrade', (request, socket, head) => {
      if (!this.#rest.isBanned) return this.#stream.upgrade(request, socket, head);
      this.refused++;
      socket.end('HTTP/1.1 418 Banned\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    });
  }

  /** Listens on a free port; the hosts are known from then on. */
  async start(): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen(0, '127.0.0.1', resolve);
    });
    this.#port = (this.#http.address() as AddressInfo).port;
    this.#stream.start();
    return this;
  }

  /** Closes everything; nothing of it is left running. */
  async stop(): Promise<void> {
    this.#stream.stop();
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }

  get hosts(): VenueHosts {
    const at = `127.0.0.1:${this.#port}`;
    return { restUrl: `http://${at}`, streamUrl: `ws://${at}${this.#dialect.streamPath}` };
  }

  get symbols(): readonly string[] {
    return [...this.#kept.keys()];
  }

  nowMs(): number {
    return this.#nowMs();
  }

  about(symbol: string): LocalSymbol | undefined {
    return this.#kept.get(symbol)?.about;
  }

  /** Candles of REST: opened by now, not missing, ascending, as they are written on the wire. */
  served(symbol: string): readonly WireCandle[] {
    const kept = this.#kept.get(symbol);
    if (kept === undefined) return [];
    const nowMs = this.nowMs();
    const lost = new Set(
      this.#lost.filter((one) => one.symbol === symbol && one.times-- > 0).map((one) => one.openMs),
    );
    const said = kept.candles
      .filter(({ openMs }) => openMs <= nowMs && !kept.missing.has(openMs) && !lost.has(openMs))
      .map((candle) => spoiled(wireOf(candle), this.#spoilRest));
    return this.shuffle ? said.reverse() : said;
  }

  servedMark(symbol: string): readonly WireCandle[] {
    const nowMs = this.nowMs();
    return (this.about(symbol)?.mark ?? []).filter(({ openMs }) => openMs <= nowMs).map(wireOf);
  }

  // -- what was seen ---------------------------------------------------------------------------

  /** Every request as it arrived, with what it was answered. */
  get requests(): SeenRequest[] {
    return this.#rest.requests;
  }

  /** Every text a client sent over a stream. */
  get heard(): string[] {
    return this.#stream.heard;
  }

  /** Stream connections open now. */
  get connections(): number {
    return this.#stream.connections;
  }

  /** Stream connections ever opened. */
  get opened(): number {
    return this.#stream.opened;
  }

  // -- the market ------------------------------------------------------------------------------

  form(symbol: string, candle: SaidCandle): void {
    this.append(symbol, candle);
    this.#push(symbol, candle, false);
  }

  close(symbol: string, candle: SaidCandle): void {
    this.append(symbol, candle);
    this.#push(symbol, candle, true);
  }

  revise(symbol: string, candle: SaidCandle): void {
    this.close(symbol, candle);
  }

  /** Puts a candle into the history, in place of one with the same time; pushes nothing. */
  append(symbol: string, candle: SaidCandle): void {
    const { candles } = this.#keptOf(symbol);
    let i = candles.length;
    while (i > 0 && candles[i - 1]!.openMs >= candle.openMs) i--;
    candles.splice(i, candles[i]?.openMs === candle.openMs ? 1 : 0, candle);
  }

  // -- faults of the stream --------------------------------------------------------------------

  /** Cuts every stream, without a farewell; with `code`, with one. */
  drop(code?: number): void {
    this.#stream.drop(code);
  }

  /** While true every new connection, REST and stream, is reset; open streams live on. */
  refuse(isRefusing: boolean): void {
    this.#isRefusing = isRefusing;
    if (isRefusing) this.#http.closeAllConnections();
  }

  /** While true streams are connected and silent: no message, ping or pong; what was said is lost. */
  freeze(isFrozen: boolean): void {
    this.#stream.isFrozen = isFrozen;
  }

  /** Keeps messages back until `release`. */
  hold(): void {
    this.#stream.hold();
  }

  /** Sends what was held, in order or `reversed`. */
  release(order: 'in-order' | 'reversed' = 'in-order'): void {
    this.#stream.release(order);
  }

  /** Times each candle is sent. */
  get repeat(): number {
    return this.#stream.repeat;
  }

  set repeat(times: number) {
    this.#stream.repeat = times;
  }

  /** Machine ms each stream message is late. */
  get delayMs(): number {
    return this.#stream.delayMs;
  }

  set delayMs(ms: number) {
    this.#stream.delayMs = ms;
  }

  /** Sends a text to those who listen to a topic of the dialect; held, late and twice like candles. */
  tellTopic(topic: string, text: string): void {
    this.#stream.tellTopic(topic, text);
  }

  /** Sends a text as it is to every stream. */
  say(text: string): void {
    this.#stream.say(text);
  }

  /** Says nothing more of a symbol, until told `false`; REST goes on. */
  mute(symbol: string, isMuted = true): void {
    if (isMuted) this.#stream.muted.add(symbol);
    else this.#stream.muted.delete(symbol);
  }

  /** Puts a fault into every candle said from now on; null ends it. */
  spoil(fault: CandleFault | null, where: 'stream' | 'rest' | 'both' = 'both'): void {
    if (where !== 'rest') this.#spoilStream = fault;
    if (where !== 'stream') this.#spoilRest = fault;
  }

  // -- faults of REST --------------------------------------------------------------------------

  /**
   * The next `times` requests (to `path`, `POST /path`, or any) get the fault. Several wait in line.
   * What they ask is carried out all the same, unless `isUnheard`: lost on its way.
   */
  fail(fault: RestFault, times = 1, path?: string, isUnheard = false): void {
    this.#rest.fail(fault, times, path, isUnheard);
  }

  /** Takes back faults in line, and a ban. */
  heal(): void {
    this.#rest.heal();
  }

  /** Candles that REST does not serve, until told `false`. */
  miss(symbol: string, openMs: number, isMissing = true): void {
    const { missing } = this.#keptOf(symbol);
    if (isMissing) missing.add(openMs);
    else missing.delete(openMs);
  }

  /** The next `times` answers of candles lack this one: a download that was cut. */
  lose(symbol: string, openMs: number, times = 1): void {
    this.#lost.push({ symbol, openMs, times });
  }

  /** Every request until then, by the server's clock, is answered 418; no stream can be opened. */
  ban(untilMs: number): void {
    this.#rest.ban(untilMs);
  }

  /** How wrong the Date header is, ms; null for an answer without one. */
  get dateSkewMs(): number | null {
    return this.#rest.dateSkewMs;
  }

  set dateSkewMs(ms: number | null) {
    this.#rest.dateSkewMs = ms;
  }

  // -- how it works ----------------------------------------------------------------------------

  #keptOf(symbol: string): Kept {
    const kept = this.#kept.get(symbol);
    if (kept === undefined) throw new Error(`the local venue has no ${symbol}`);
    return kept;
  }

  #push(symbol: string, candle: SaidCandle, closed: boolean): void {
    this.#stream.push(symbol, spoiled(wireOf(candle), this.#spoilStream), closed);
  }

  #meet(socket: Socket): void {
    if (this.#isRefusing) {
      this.refused++;
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

function wireOf(candle: SaidCandle): WireCandle {
  return {
    openMs: candle.openMs,
    open: decimalText(candle.open),
    high: decimalText(candle.high),
    low: decimalText(candle.low),
    close: decimalText(candle.close),
    volume: decimalText(candle.volume),
  };
}
