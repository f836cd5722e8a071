// Results in the format of the laboratory that other programs write.

/** The commands that write these results, by name. A report includes the results too. */
export const EXTERNAL_RESULTS: Readonly<Record<string, string>> = {
  peers: 'npm run bench:peers -- --out FOLDER',
};
