// Results in the format of the laboratory that other programs write.

/** By name, the command that writes the result. A report includes these results too. */
export const EXTERNAL_RESULTS: Readonly<Record<string, string>> = {
  peers: 'npm run bench:peers -- --out FOLDER',
};
