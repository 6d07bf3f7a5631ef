// Claims about real sockets, against a server on this machine.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { connectSocket, type Ears, type Socket } from '../../../live/feeds/socket.ts';

interface Place {
  readonly url: string;
  readonly peers: WebSocket[];
  stop(): Promise<void>;
}

const places: Place[] = [];
afterEach(async () => {
  for (const place of places.splice(0)) await place.stop();
});

/** A server of sockets; `answers` refuses every handshake with that status. */
async function place(answers?: number): Promise<Place> {
  const http: Server = createServer();
  const wss = new WebSocketServer({ noServer: true });
  const peers: WebSocket[] = [];
  http.on('upgrade', (request, socket, head) => {
    if (answers !== undefined) {
      socket.end(`HTTP/1.1 ${answers} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
      return;
    }
    wss.handleUpgrade(request, socket, head, (peer) => {
      peer.on('error', () => {});
      peer.on('message', (data) => peer.send(`echo ${data}`));
      peers.push(peer);
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const one: Place = {
    url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}`,
    peers,
    stop: () => {
      for (const peer of peers) peer.terminate();
      wss.close();
      http.closeAllConnections();
      return new Promise((resolve) => http.close(() => resolve()));
    },
  };
  places.push(one);
  return one;
}

/** A socket and all that its ears are told, in words. */
function dial(url: string, told: (what: string) => void = () => {}) {
  const heard: string[] = [];
  const gone = Promise.withResolvers<string>();
  const hear = (what: string) => {
    heard.push(what);
    told(what);
  };
  const ears: Ears = {
    opened: () => hear('opened'),
    text: (text) => hear(text),
    alive: () => hear('alive'),
    closed: (reason) => {
      hear('closed');
      gone.resolve(reason);
    },
  };
  const socket: Socket = connectSocket(url, ears);
  return { socket, heard, gone: gone.promise };
}

describe('a socket', () => {
  it('opens, sends, hears texts and signs of life, and ends once', async () => {
    const { url } = await place();
    const one = dial(url, (what) => {
      if (what === 'opened') one.socket.send('a');
      if (what === 'echo a') one.socket.ping();
      if (what === 'alive') one.socket.end();
    });
    expect(await one.gone).toMatch(/1006|1000/);
    one.socket.end();
    one.socket.send('too late');
    one.socket.ping();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(one.heard).toEqual(['opened', 'echo a', 'alive', 'closed']);
  });

  it.each([
    ['cuts it', (peer: WebSocket) => peer.terminate(), /code 1006/],
    ['says goodbye', (peer: WebSocket) => peer.close(1001, 'going away'), /1001 going away/],
    ['sends a megabyte and more', (peer: WebSocket) => peer.send('x'.repeat(2e6)), /payload/i],
  ])('whose server %s says why it ended', async (_, does, reason) => {
    const at = await place();
    const one = dial(at.url, (what) => {
      // The server's side is there a moment after ours.
      if (what === 'opened') setTimeout(() => does(at.peers[0]!), 5);
    });
    expect(await one.gone).toMatch(reason);
    expect(one.heard).toEqual(['opened', 'closed']);
  });

  it('that is refused says so', async () => {
    const refusing = await place(503);
    expect(await dial(refusing.url).gone).toMatch(/503/);
    const { url } = refusing;
    await refusing.stop();
    places.splice(0);
    expect(await dial(url).gone).toMatch(/ECONNREFUSED/);
  });

  it('that is ended before it is open ends as well', async () => {
    const { url } = await place();
    const one = dial(url);
    one.socket.end();
    await one.gone;
    expect(one.heard).toEqual(['closed']);
  });

  it('to no address at all ends later, never at once', async () => {
    const one = dial('no address');
    expect(one.heard).toEqual([]);
    expect(await one.gone).toMatch(/invalid url/i);
  });
});
