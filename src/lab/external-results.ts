// Results that other programs write in the format of `quire lab`.

/** The commands that write these results, by name of the result. A report includes the results. */
export const EXTERNAL_RESULTS: Readonly<Record<string, string>> = {
  peers: 'npm run bench:peers -- --out FOLDER',
};
