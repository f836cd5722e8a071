// Suggests a route for an unknown path. Common mistakes in a client are a base URL without `/v1`, `/v1` twice, an extra slash, and
// a base URL that already contains the route.

/**
 * Returns the route that the client probably intended.
 * @param path path of a request that matches no route
 * @param isRoute returns whether there is a route for a path
 */
export function nearestRoute(path: string, isRoute: (path: string) => boolean): string | undefined {
  const normalized = path.replace(/\/+/g, '/').replace(/(?<=.)\/$/, '');
  const tail = /\/(chat\/completions|completions|models)$/.exec(normalized)?.[0];
  return [normalized, `/v1${normalized}`, ...(tail === undefined ? [] : [`/v1${tail}`])].find(isRoute);
}
