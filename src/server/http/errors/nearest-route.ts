// Suggests a route for an unknown path. Some clients build URLs differently: from a base URL without `/v1`, with `/v1` twice,
// with an extra slash, or with the route already in the base URL.

/**
 * Returns the route that the client probably meant.
 * @param path of a request that matches no route
 * @param isRoute whether a path has a route
 */
export function nearestRoute(path: string, isRoute: (path: string) => boolean): string | undefined {
  const plain = path.replace(/\/+/g, '/').replace(/(?<=.)\/$/, '');
  const tail = /\/(chat\/completions|completions|models)$/.exec(plain)?.[0];
  return [plain, `/v1${plain}`, ...(tail === undefined ? [] : [`/v1${tail}`])].find(isRoute);
}
