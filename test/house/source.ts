// Reads a TypeScript file as tokens: enough to tell a word of code from one in a comment, a string
// or a regular expression, and to find what a file imports. It is no parser and need not be one.
//
// The only hard question is whether `/` divides or opens a regular expression; it opens one where
// a value cannot have just ended.

export interface Token {
  readonly kind: 'word' | 'number' | 'string' | 'template' | 'regex' | 'mark';
  /** For a string, what is between the quotes; for the rest, as written. */
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

export interface Comment {
  readonly text: string;
  readonly line: number;
  /** How many tokens stand before it. */
  readonly after: number;
}

export interface Source {
  readonly tokens: readonly Token[];
  readonly comments: readonly Comment[];
  readonly lines: number;
}

const PIECES = new RegExp(
  [
    /(?<space>\s+)/,
    /(?<comment>\/\/[^\n]*|\/\*[\s\S]*?\*\/)/,
    /(?<string>'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*")/,
    /(?<number>\d[\w.]*|\.\d[\w.]*)/,
    /(?<word>[#@]?[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*)/u,
    /(?<mark>=>|\?\.|\.\.\.|[\s\S])/,
  ]
    .map((piece) => piece.source)
    .join('|'),
  'uy',
);
const REGEX = /\/(?:[^/\\[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*\])+\/[a-z]*/y;
const TEMPLATE = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y;
const BEFORE_REGEX = new Set(
  'return typeof case in of delete void throw new do else instanceof yield await'.split(' '),
);

/** The tokens and comments of a text. */
export function readSource(text: string): Source {
  const tokens: Token[] = [];
  const comments: Comment[] = [];
  /** Depth of braces at which each open `${` of a template closes. */
  const templates: number[] = [];
  let depth = 0;
  let at = text.startsWith('#!') ? text.indexOf('\n') : 0;
  let line = 1;

  const push = (kind: Token['kind'], written: string, value = written) => {
    tokens.push({ kind, text: value, line });
    advance(written);
  };
  const advance = (written: string) => {
    at += written.length;
    line += written.split('\n').length - 1;
  };
  const template = () => {
    TEMPLATE.lastIndex = at + 1;
    const body = TEMPLATE.exec(text)![0];
    const end = at + 1 + body.length;
    const isOpen = text.startsWith('${', end);
    push('template', text.slice(at, end + (isOpen ? 2 : 1)), body);
    if (isOpen) templates.push(depth);
  };

  while (at >= 0 && at < text.length) {
    if (text[at] === '`') {
      template();
      continue;
    }
    if (text[at] === '}' && templates.at(-1) === depth) {
      templates.pop();
      template();
      continue;
    }
    REGEX.lastIndex = at;
    const regex = text[at] === '/' && opensRegex(tokens.at(-1)) ? REGEX.exec(text) : null;
    PIECES.lastIndex = at;
    const groups = PIECES.exec(text)!.groups!;
    if (groups['space'] !== undefined) advance(groups['space']);
    else if (groups['comment'] !== undefined) {
      comments.push({ text: groups['comment'], line, after: tokens.length });
      advance(groups['comment']);
    } else if (regex !== null) push('regex', regex[0]);
    else if (groups['string'] !== undefined) {
      push('string', groups['string'], groups['string'].slice(1, -1));
    } else if (groups['number'] !== undefined) push('number', groups['number']);
    else if (groups['word'] !== undefined) push('word', groups['word']);
    else {
      if (groups['mark'] === '{') depth++;
      if (groups['mark'] === '}') depth--;
      push('mark', groups['mark']!);
    }
  }
  return { tokens, comments, lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0) };
}

function opensRegex(before: Token | undefined): boolean {
  if (before === undefined) return true;
  if (before.kind === 'word') return BEFORE_REGEX.has(before.text);
  return before.kind === 'mark' && ![')', ']', '}'].includes(before.text);
}

export interface Import {
  /** What is imported; null when it is computed. */
  readonly from: string | null;
  readonly line: number;
}

/** Everything a source imports: `import`, `export ... from`, `import(...)`, types included. */
export function importsOf({ tokens }: Source): Import[] {
  const found: Import[] = [];
  tokens.forEach((token, i) => {
    const next = tokens[i + 1];
    const afterDot = isMember(tokens[i - 1]);
    if (token.kind !== 'word' || afterDot || next === undefined) return;
    if (token.text === 'import' && next.text === '(') {
      const from = tokens[i + 2];
      const isWhole = [')', ','].includes(tokens[i + 3]?.text ?? '');
      const isText = from?.kind === 'string' || from?.kind === 'template';
      found.push({ from: isText && isWhole ? from.text : null, line: token.line });
    } else if (['import', 'from', 'require'].includes(token.text)) {
      const text = token.text === 'require' && next.text === '(' ? tokens[i + 2] : next;
      if (text?.kind === 'string') found.push({ from: text.text, line: token.line });
    }
  });
  return found;
}

/** True for `.` and `?.`: what follows is a property, not a name of its own. */
export function isMember(token: Token | undefined): boolean {
  return token?.kind === 'mark' && (token.text === '.' || token.text === '?.');
}
