// Modules without types of their own, as far as they are used here.

declare module 'observable:runtime/stdlib/md.js' {
  export const md: (strings: TemplateStringsArray, ...values: unknown[]) => Node;
}
declare module 'observable:runtime/stdlib/generators/observe.js' {
  export const observe: (start: (change: (value: number) => void) => () => void) => unknown;
}
