// The route that somebody meant whose client puts addresses together in another way: a base address without `/v1`, with it
// twice, with a slash too many, or with the route already in it.

/**
 * @param path of a request for which there is no route
 * @param isRoute whether there is one at a path
 */
export function nearestRoute(path: string, isRoute: (path: string) => boolean): string | undefined {
  const plain = path.replace(/\/+/g, '/').replace(/(?<=.)\/$/, '');
  const tail = /\/(chat\/completions|completions|models)$/.exec(plain)?.[0];
  return [plain, `/v1${plain}`, ...(tail === undefined ? [] : [`/v1${tail}`])].find(isRoute);
}
