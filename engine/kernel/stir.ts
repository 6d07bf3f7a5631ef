// How many things want a look at every close: rules that watch, parents that work, venues that do not
// answer. At zero, which is nearly always, the kernel looks at one number and goes on.

export class Stir {
  count = 0;
}
