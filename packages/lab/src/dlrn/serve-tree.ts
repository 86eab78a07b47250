import { type Answer, escapeHtml } from '../http-server.ts';
import type { FileTree } from './file-tree.ts';

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css',
  csv: 'text/csv',
  log: 'text/plain',
  xml: 'text/xml',
  gz: 'application/gzip',
};

/** The answer for what is not in the tree. */
export const treeNotFound: Answer = {
  status: 404,
  headers: { 'content-type': 'text/html' },
  body: '<h1>404 Not Found</h1>\n',
};

/** Answers a GET of the repository tree: a file, a listing of a folder, or 404. `path` begins with a slash. */
export function answerTree(tree: FileTree, path: string): Answer {
  const found = tree.find(path.replace(/^\//, ''));
  if (found === null) return treeNotFound;
  if (found.kind === 'folder') {
    if (!path.endsWith('/')) return { status: 301, headers: { location: `${path.split('/').at(-1) ?? ''}/` } };
    const lines = found.names.map((name) => `<li><a href="${encodeURIComponent(name)}">${escapeHtml(name)}</a>`);
    const body = `<!doctype html>\n<title>Index of ${escapeHtml(path)}</title>\n<ul>\n${lines.join('\n')}\n</ul>\n`;
    return { status: 200, headers: { 'content-type': types['html'] ?? '' }, body };
  }
  if (path.endsWith('/')) return treeNotFound;
  const extension = found.path.slice(found.path.lastIndexOf('.') + 1);
  return {
    status: 200,
    headers: {
      'content-type': types[extension] ?? 'application/octet-stream',
      'last-modified': new Date(found.mtime).toUTCString(),
    },
    body: found.content,
  };
}
