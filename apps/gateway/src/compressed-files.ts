/** Sends the compressed copy of a file (`.br`, `.gz` beside it, made by the build) to those who take it. */
import { readdir } from 'node:fs/promises';
import { extname } from 'node:path';
import type { RequestHandler } from 'express';

const ENCODINGS = [
  { name: 'br', ending: '.br' },
  { name: 'gzip', ending: '.gz' },
] as const;

/** For use before `express.static` on the same folder, which then finds the copy under the address it is sent on with. */
export async function compressedFiles(folder: string): Promise<RequestHandler> {
  const files = new Set(await readdir(folder));
  return (request, response, next) => {
    const name = request.path.slice(1);
    const copies = ENCODINGS.filter(({ ending }) => files.has(name + ending));
    if (copies.length === 0 || !['GET', 'HEAD'].includes(request.method)) return next();
    response.vary('Accept-Encoding');
    // Ours is the order: browsers name gzip first and mean nothing by it.
    const copy = copies.find((each) => request.acceptsEncodings(each.name) === each.name);
    if (copy === undefined) return next();
    response.setHeader('Content-Encoding', copy.name).type(extname(name));
    request.url = `/${name}${copy.ending}`;
    next();
  };
}
