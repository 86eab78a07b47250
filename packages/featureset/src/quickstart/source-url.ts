import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Api, redactUrl } from '@tagflow/http';
import { isLoopback } from '@tagflow/model';
import { FeaturesetError } from '../error.ts';
import type { FeaturesetSource } from './source.ts';
import { maxFileBytes } from './source-limits.ts';

export interface UrlEffects {
  readonly api: Api;
  /** Between 0 and 1: names files that are not complete yet. */
  readonly random: () => number;
}

/** Returns the files of a commit at a URL. What was fetched once is kept for good: a commit cannot change. */
export function urlSource(
  template: string,
  commit: string,
  cache: string | null,
  effects: UrlEffects,
): FeaturesetSource {
  checkTemplate(template);
  return {
    name: `${redactUrl(template)} at ${commit}`,
    read: async (path) => {
      const escaped = path.split('/').map(encodeURIComponent).join('/');
      const url = template.replaceAll('{commit}', commit).replaceAll('{path}', () => escaped);
      const kept =
        cache === null ? null : join(cache, createHash('sha256').update(`${url}\n${commit}\n${path}`).digest('hex'));
      const before = kept === null ? null : await readKept(kept);
      if (before !== null) return before;
      const text = await fetchText(url, effects.api);
      if (kept !== null && text !== null) await keep(kept, text, effects.random);
      return text;
    },
  };
}

function checkTemplate(template: string): void {
  const shown = redactUrl(template);
  if (!template.includes('{commit}') || !template.includes('{path}')) {
    throw new FeaturesetError('bad-source', `${shown} has to hold {commit} and {path}`, {
      next: 'Such as https://raw.example/openstack/tripleo-quickstart/{commit}/{path}',
    });
  }
  const url = URL.parse(template);
  if (url === null || url.username !== '' || url.password !== '' || /[{}]|%7B/iu.test(url.host)) {
    throw new FeaturesetError('bad-source', `${shown} is not a URL of files that anybody may read`);
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new FeaturesetError('bad-source', `${shown} would be fetched in clear text: expected https:`);
  }
}

async function fetchText(url: string, api: Api): Promise<string | null> {
  const { status, text } = await api.request({ method: 'GET', url, maxBytes: maxFileBytes });
  if (status === 200) return text;
  if (status === 404 || status === 410) return null;
  throw new FeaturesetError('bad-source', `GET ${redactUrl(url)} answered ${status}: expected 200 or 404`, {
    outcome: status === 429 || status >= 500 ? 'waiting' : 'invalid',
  });
}

async function readKept(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Nobody ever reads half a file: it gets its name when it is complete. */
async function keep(file: string, text: string, random: () => number): Promise<void> {
  const part = `${file}.${process.pid}.${random().toString(36).slice(2)}.part`;
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(part, text, { flag: 'wx' });
  await rename(part, file);
}
