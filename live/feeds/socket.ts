// One websocket, as small as a stream needs it: text out, text in, signs of life, an end.
//
// `closed` is called exactly once for every socket, whoever ended it and however early; after it
// nothing more is said. Nothing here waits or decides: line.ts does.

import { WebSocket } from 'ws';

/** What the holder of a socket is told. */
export interface Ears {
  opened(): void;
  text(text: string): void;
  /** A byte came that is no text: ping, pong, binary. */
  alive(): void;
  /** The end, in words; exactly once. */
  closed(reason: string): void;
}

export interface Socket {
  /** Text out; nothing happens when the socket is not open. */
  send(text: string): void;
  /** The protocol's own ping. */
  ping(): void;
  /** Says goodbye where that is possible and is gone; `closed` follows. */
  end(): void;
}

/** Begins to connect and returns at once. Never throws: what goes wrong is told by `closed`. */
export type Connect = (url: string, ears: Ears) => Socket;

/** Larger messages end the connection: no candle is a megabyte. */
const MAX_BYTES = 1 << 20;

/** Connects with the machine's sockets. */
export const connectSocket: Connect = (url, ears) => {
  let socket: WebSocket;
  try {
    socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: MAX_BYTES });
  } catch (error) {
    // A malformed address is found before there is a socket; the ears hear of it later, as always.
    Promise.resolve().then(() => ears.closed(wordsOf(error)));
    return { send() {}, ping() {}, end() {} };
  }
  let reason = '';
  socket.on('open', () => ears.opened());
  socket.on('message', (data, isBinary) => (isBinary ? ears.alive() : ears.text(String(data))));
  socket.on('ping', () => ears.alive());
  socket.on('pong', () => ears.alive());
  socket.on('error', (error) => {
    reason ||= wordsOf(error);
  });
  socket.on('close', (code, said) => {
    const why = said.length > 0 ? `${code} ${said}` : `code ${code}`;
    ears.closed(reason || `closed with ${why}`);
  });
  const isOpen = () => socket.readyState === WebSocket.OPEN;
  return {
    send: (text) => isOpen() && socket.send(text),
    ping: () => isOpen() && socket.ping(),
    end() {
      if (isOpen()) socket.close(1000);
      socket.terminate();
    },
  };
};

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // What Node says of several addresses that all refused has a code and no words.
  const { code } = error as { code?: string };
  return error.message || code || error.name;
}
