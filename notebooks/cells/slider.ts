// A slider for `view(...)`: an element whose `value` is a number and which says `input` when it moves.

import { element } from './table.ts';

export interface SliderOptions {
  readonly value: number;
  readonly step: number;
  readonly label: string;
  readonly write?: (value: number) => string;
}

export function slider(
  [low, high]: readonly [number, number],
  { value, step, label, write = String }: SliderOptions,
): HTMLElement {
  const input = document.createElement('input');
  Object.assign(input, { type: 'range', min: low, max: high, step, valueAsNumber: value });
  const shown = element('output', write(value));
  const whole = element('label', element('span', label), input, shown);
  whole.className = 'slider';
  const give = () => Object.assign(whole, { value: input.valueAsNumber });
  give();
  // Runs before the listeners of whoever waits for the label's value.
  input.addEventListener('input', () => {
    give();
    shown.textContent = write(input.valueAsNumber);
  });
  return whole;
}
