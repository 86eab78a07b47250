import type { IncomingMessage, ServerResponse } from 'node:http';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Answer, readBody, send, startServer } from './http-server.ts';
import { createRandom } from './random.ts';

export interface LabCiOptions {
  readonly seed: string;
  /** How many verdicts of a hundred fail by chance; the seed, the job and the hash decide which. Default 0. */
  readonly flakePercent?: number;
  /** A folder whose files are served below `/logs/` as well. */
  readonly logFolder?: string;
}

/** A CI system: knows how each job ends, and keeps the logs. */
export interface LabCi {
  readonly url: string;
  /** Jobs that fail on every hash. Change it while the lab runs. */
  readonly failJobs: Set<string>;
  /** Returns what `GET /verdict?job=&hash=` answers. */
  verdict(job: string, hash: string): 'success' | 'failure';
  /** Returns where the logs of a job on a hash are. */
  logUrl(job: string, hash: string): string;
  /** The logs that were put, by path `<hash>/<job>/<file>`. */
  readonly logs: ReadonlyMap<string, Buffer>;
  close(): Promise<void>;
}

/**
 * Starts the CI stand-in: `GET /verdict?job=&hash=` answers `success` or `failure`, `PUT /logs/<hash>/<job>/<file>`
 * keeps a log, and `GET` below `/logs/` gives it back, or lists a folder that ends with a slash.
 */
export async function startLabCi({ seed, flakePercent = 0, logFolder }: LabCiOptions): Promise<LabCi> {
  const failJobs = new Set<string>();
  const logs = new Map<string, Buffer>();
  const verdict = (job: string, hash: string): 'success' | 'failure' => {
    const chance = createRandom(`${seed}/verdict/${job}/${hash}`).integer(100);
    return failJobs.has(job) || chance < flakePercent ? 'failure' : 'success';
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://lab');
    const path = decodeURIComponent(url.pathname);
    if (path === '/verdict' && request.method === 'GET') {
      send(request, response, answerVerdict(url.searchParams, verdict));
    } else if (path.startsWith('/logs/') && request.method === 'PUT') {
      logs.set(path.slice('/logs/'.length), await readBody(request));
      send(request, response, { status: 201 });
    } else if (path.startsWith('/logs/')) {
      send(request, response, (await readLog(logFolder, path)) ?? answerLog(logs, path.slice('/logs/'.length)));
    } else {
      send(request, response, text(404, `the CI of the lab has no ${path}\n`));
    }
  };
  const server = await startServer(handle);
  return {
    url: server.url,
    failJobs,
    verdict,
    logUrl: (job, hash) => `${server.url}/logs/${hash}/${encodeURIComponent(job)}/`,
    logs,
    close: server.close,
  };
}

function answerVerdict(query: URLSearchParams, verdict: LabCi['verdict']): Answer {
  const job = query.get('job');
  const hash = query.get('hash');
  if (job === null || hash === null) return text(400, 'job and hash are needed\n');
  return text(200, verdict(job, hash));
}

/** Returns a file of the folder, or null. A path that climbs was made one that does not by the URL's parser. */
async function readLog(folder: string | undefined, path: string): Promise<Answer | null> {
  if (folder === undefined || path.split('/').includes('..')) return null;
  const file = await readFile(join(folder, path.slice('/logs/'.length))).catch(() => null);
  return file === null ? null : { ...text(200, ''), body: file };
}

function answerLog(logs: ReadonlyMap<string, Buffer>, path: string): Answer {
  const file = logs.get(path);
  if (file !== undefined) {
    const type = path.endsWith('.html') ? 'text/html; charset=utf-8' : 'text/plain; charset=utf-8';
    return { status: 200, headers: { 'content-type': type }, body: file };
  }
  const below = [...logs.keys()].filter((name) => name.startsWith(path)).map((name) => name.slice(path.length));
  const names = [...new Set(below.map((name) => name.replace(/\/.*$/s, '/')))].sort();
  if (!(path === '' || path.endsWith('/')) || names.length === 0) return text(404, `no log ${path}\n`);
  const links = names.map((name) => `<li><a href="${encodeURI(name)}">${name.replaceAll('<', '&lt;')}</a>`);
  return {
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: `<!doctype html>\n<title>logs</title>\n<ul>\n${links.join('\n')}\n</ul>\n`,
  };
}

function text(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}
