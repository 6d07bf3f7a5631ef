// Which hosts are this machine: what is only rehearsed may go there and nowhere else.

/** A name such as `127.evil.example` is not. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
