/** How many cases each property test tries: one setting, FUZZ_RUNS in the environment, for all of them. */

/** FUZZ_RUNS, or `usual` where it is not set. Of a property whose cases take long, one in `oneIn` of FUZZ_RUNS is tried. */
export function fuzzRuns(usual: number, oneIn = 1): number {
  const wanted = process.env.FUZZ_RUNS ?? '';
  if (wanted === '') return usual;
  if (!/^[1-9]\d*$/.test(wanted)) throw new Error(`FUZZ_RUNS is ${wanted}, and should be a whole number above 0.`);
  return Math.ceil(Number(wanted) / oneIn);
}
