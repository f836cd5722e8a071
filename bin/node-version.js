// @ts-check
// The one check that must run before anything else is loaded: which Node this is. Kept to syntax that
// older versions parse, because its whole purpose is to tell them.

const FLOOR = [20, 19];

/**
 * Why this Node is too old, as one line; undefined when it is not.
 * @param {string} version such as `20.19.0`
 * @returns {string | undefined}
 */
export function tooOld(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [floorMajor = 0, floorMinor = 0] = FLOOR;
  if (major > floorMajor || (major === floorMajor && minor >= floorMinor)) return undefined;
  return `Quire needs Node ${FLOOR.join('.')} or newer and this is Node ${version}; install a newer Node and try again`;
}
