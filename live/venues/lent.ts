// Where a client's words go before anybody listens: kept, and handed on in their order to the one who does.

import type { ClientEvent, Tell } from './port.ts';

export class Lent {
  #tell: Tell | null = null;
  #early: ClientEvent[] = [];

  readonly tell: Tell = (event) => {
    if (this.#tell === null) this.#early.push(event);
    else this.#tell(event);
  };

  to(tell: Tell): void {
    this.#tell = tell;
    for (const event of this.#early.splice(0)) tell(event);
  }
}
