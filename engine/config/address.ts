// Addresses and keys in a config: what travels in the clear, and what must not stand there at all.

import type { Problem } from '../errors.ts';

/** A key in the clear goes no farther than this machine. */
const OWN_MACHINE = /^http:\/\/(localhost|127(?:\.\d{1,3}){3}|\[::1\])(?=[:/]|$)/i;

/** What is wrong with a URL; `hasKey`: a key is sent there. */
export function addressProblems(key: string, url: string, hasKey: boolean): Problem[] {
  const problems: Problem[] = [];
  if (hasKey && url.startsWith('http:') && !OWN_MACHINE.test(url)) {
    const rule = 'must be https:// where a key is sent, but to this machine';
    problems.push({ key, rule, value: url });
  }
  if (!/^https?:\/\/[^\s@]+$/.test(url)) {
    // Not shown: what does not belong there may be a password.
    problems.push({
      key,
      rule: 'must begin with https:// or http://, without a name or a password',
    });
  }
  return problems;
}

/** What is wrong with the name of a variable that holds a key; what stands there is not shown. */
export function keyNameProblems(key: string, name: string | null): Problem[] {
  if (name === null || /^[A-Z][A-Z0-9_]*$/.test(name)) return [];
  return [{ key, rule: 'must be the name of an environment variable, never a key itself' }];
}
