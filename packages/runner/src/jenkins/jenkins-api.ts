import type { ApiResponse } from '@tagflow/http';
import { type CiRequests, excerpt, refusedStatus } from '../ci-system/requests.ts';
import { countOf, elements, member, textOf } from '../ci-system/values.ts';

/** What the remote access API of one Jenkins says, as JSON, and what is posted to it. */
export interface JenkinsApi {
  /** Returns null where there is none. @param tree the members that are wanted, in Jenkins' own language */
  read(path: string, tree: string, signal: AbortSignal): Promise<unknown>;
  /** Posts a form, and returns the answer when its status is one of these; never sent twice. */
  post(
    path: string,
    form: Readonly<Record<string, string>>,
    accept: readonly number[],
    signal: AbortSignal,
  ): Promise<ApiResponse>;
}

export function createJenkinsApi(requests: CiRequests, name: string): JenkinsApi {
  const send = (
    path: string,
    form: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>>,
    accept: readonly number[],
    signal: AbortSignal,
  ): Promise<ApiResponse> =>
    requests.send(
      {
        method: 'POST',
        url: path,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
        body: new URLSearchParams(form).toString(),
        accept,
      },
      signal,
    );
  return {
    read: (path, tree, signal) => {
      const url = `${path}/api/json?tree=${encodeURIComponent(tree)}`;
      return requests.json({ method: 'GET', url, accept: [200, 404] }, signal);
    },
    post: async (path, form, accept, signal) => {
      const first = await send(path, form, {}, [...accept, 403], signal);
      if (first.status !== 403 || accept.includes(403)) return first;
      // With an API token no crumb is asked for; with a password one is, and it holds for one session.
      const crumb = /crumb/i.test(first.text) ? await readCrumb(requests, signal) : null;
      if (crumb === null) throw refusedStatus(name, `POST ${path}`, 403, excerpt(first.text, null));
      return send(path, form, crumb, accept, signal);
    },
  };
}

async function readCrumb(requests: CiRequests, signal: AbortSignal): Promise<Readonly<Record<string, string>> | null> {
  const answer = await requests.send({ method: 'GET', url: '/crumbIssuer/api/json', accept: [200, 404] }, signal);
  if (answer.status === 404) return null;
  const { field, crumb } = crumbOf(answer.text);
  if (field === null || crumb === null) return null;
  const cookie = answer.headers['set-cookie']?.split(/[;,]/)[0];
  return { [field]: crumb, ...(cookie === undefined ? {} : { Cookie: cookie }) };
}

function crumbOf(text: string): { readonly field: string | null; readonly crumb: string | null } {
  const nothing = { field: null, crumb: null };
  try {
    const said: unknown = JSON.parse(text);
    const [field, crumb] = [textOf(member(said, 'crumbRequestField')), textOf(member(said, 'crumb'))];
    // They become a header.
    return /^[\w.-]+$/.test(field ?? '') && /^[\x21-\x7e]+$/.test(crumb ?? '') ? { field, crumb } : nothing;
  } catch {
    return nothing;
  }
}

/** Returns the queue items or builds in which a parameter has a value, as they come. */
export function withParameter(
  items: unknown,
  has: (item: unknown) => boolean,
  numberName: 'id' | 'number',
): readonly number[] {
  return elements(items).flatMap((item) => {
    const number = countOf(member(item, numberName));
    return number !== null && has(item) ? [number] : [];
  });
}
