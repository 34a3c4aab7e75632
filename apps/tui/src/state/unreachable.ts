/** Ends a switch that handles every case: a case that is added later is an error of the compiler where this is called. */
export function unreachable(value: never): never {
  throw new Error(`There is no case for ${JSON.stringify(value)}.`);
}
