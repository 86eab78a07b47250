import { isLoopback } from '@tagflow/model';
import { type Api, type ApiResponse, redactUrl } from '@tagflow/http';
import { OciError } from '../error.ts';
import { isHtml, type ListText } from './list-text.ts';

/** Where tripleo-common's list of containers is at a commit. Until ussuri the file is `overcloud_containers.yaml`. */
export const tripleoListTemplate =
  'https://opendev.org/openstack/tripleo-common/raw/commit/{sha}/container-images/tripleo_containers.yaml';

/** Bytes. A line for each container, and there are hundreds. */
export const largestList = 16 * 1024 * 1024;

/**
 * Returns the address of tripleo-common's list at a commit.
 * @param sha the Source Sha of `openstack-tripleo-common` in the hash's `versions.csv`
 * @throws OciError `bad-reference` for a template without `{sha}`, a sha of another form, an address that is not safe
 */
export function tripleoListUrl(template: string, sha: string): string {
  if (!/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(sha)) {
    throw bad(`tripleo-common's Source Sha ${JSON.stringify(sha.slice(0, 80))}`, 'it is not a whole commit sha');
  }
  const url = template.replaceAll('{sha}', sha);
  if (url === template) throw bad(`address "${redactUrl(template)}"`, 'it must hold {sha}');
  return listUrl(url);
}

/**
 * Returns tripleo-common's list of containers as it was at a commit.
 * @throws OciError as {@link tripleoListUrl} and {@link fetchList} do; HttpError when there is no answer
 */
export async function fetchTripleoList(api: Api, sha: string, template = tripleoListTemplate): Promise<ListText> {
  const url = tripleoListUrl(template, sha);
  const title = `${fileName(url)} at ${sha.slice(0, 8)}`;
  const answer = await get(api, url);
  if (answer.status === 404) {
    throw new OciError('not-found', `tripleo-common has no ${fileName(url)} at its commit ${sha}: 404 of ${url}`, {
      next: 'Before victoria the file is called overcloud_containers.yaml: give its address, with {sha} for the commit.',
    });
  }
  return { text: textOf(answer, url), title, where: title };
}

/**
 * Returns a list of containers at an address, such as that of a build's log.
 * @throws OciError `bad-reference`, `not-found`, `unexpected-answer` for any other answer than a text; HttpError when
 *   there is none, or one beyond 16 MiB
 */
export async function fetchList(api: Api, address: string): Promise<ListText> {
  const url = listUrl(address);
  const answer = await get(api, url);
  const where = redactUrl(url);
  if (answer.status === 404) {
    throw new OciError('not-found', `containers: there is no list at ${where}: 404`, {
      next: 'See whether the build has ended, and whether its logs are kept still.',
    });
  }
  return { text: textOf(answer, url), title: fileName(url), where };
}

function get(api: Api, url: string): Promise<ApiResponse> {
  return api.request({ method: 'GET', url, maxBytes: largestList });
}

function textOf(answer: ApiResponse, url: string): string {
  const what = `GET ${redactUrl(url)}`;
  if (answer.status !== 200) {
    throw new OciError('unexpected-answer', `${what}: ${answer.status}, expected a list of containers`, {
      outcome: answer.status === 429 || answer.status >= 500 ? 'waiting' : 'failed',
    });
  }
  if (isHtml(answer.text)) {
    throw new OciError('unexpected-answer', `${what}: the answer is an HTML page, not a list of containers`, {
      next: 'Take the address of the raw file; a login page may stand before it.',
    });
  }
  return answer.text;
}

function listUrl(text: string): string {
  const url = URL.parse(text);
  const what = `address "${redactUrl(text)}"`;
  if (url === null) throw bad(what, 'it is not a URL');
  if (url.username !== '' || url.password !== '') throw bad(what, 'a URL may not hold credentials');
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
  if (!isSafe) throw bad(what, 'it must begin with https://, or http:// on loopback');
  return url.href;
}

function fileName(url: string): string {
  return new URL(url).pathname.split('/').at(-1) || 'list';
}

function bad(what: string, why: string): OciError {
  return new OciError('bad-reference', `${what}: ${why}`, {
    outcome: 'invalid',
    next: 'Write an address such as https://logs.example/containers-built.log.',
  });
}
