// @ts-check
// Checks the version of Node before any other module is loaded. Uses only syntax that older versions can parse, because they must
// run this file to report the error.

const MIN_VERSION = [20, 19];

/**
 * Returns an error line if this version of Node is too old, or undefined if it is new enough.
 * @param {string} version for example `20.19.0`
 * @returns {string | undefined}
 */
export function nodeVersionError(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [minimumMajor = 0, minimumMinor = 0] = MIN_VERSION;
  if (major > minimumMajor || (major === minimumMajor && minor >= minimumMinor)) return undefined;
  return `Quire needs Node ${MIN_VERSION.join('.')} or newer, and this is Node ${version}. Install a newer Node and try again`;
}
