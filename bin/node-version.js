// @ts-check
// Checks the version of Node before anything else is loaded. Uses only syntax that older versions can parse, because they
// must be able to run it.

const MINIMUM = [20, 19];

/**
 * Returns why this Node is too old, as one line; undefined if it is new enough.
 * @param {string} version such as `20.19.0`
 * @returns {string | undefined}
 */
export function tooOld(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [minimumMajor = 0, minimumMinor = 0] = MINIMUM;
  if (major > minimumMajor || (major === minimumMajor && minor >= minimumMinor)) return undefined;
  return `Quire needs Node ${MINIMUM.join('.')} or newer, and this is Node ${version}. Install a newer Node and try again`;
}
