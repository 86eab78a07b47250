import { redactUrl, withoutEndSlash } from '@tagflow/http';
import { DlrnError } from './error.ts';

/** As users and tagflow.yaml call them. */
const names = {
  apiUrl: 'the address of the DLRN API (dlrn-url, or api-url in tagflow.yaml)',
  reposUrl: 'the address of the repository (repos-url, or what repo-url begins with)',
} as const;

/**
 * Returns a base URL without a slash at the end. It stands in messages, outputs and lease keys, so that it must not
 * hold a secret.
 * @throws DlrnError `bad-input` unless it is http(s) without user, password, query and fragment
 */
export function parseBaseUrl(text: string, what: keyof typeof names): string {
  const problem = baseUrlProblem(text);
  if (problem === null) return withoutEndSlash(text);
  throw new DlrnError('bad-input', `${names[what]}: ${problem}`, {
    outcome: 'invalid',
    next: noSecretsInUrls,
  });
}

/** What to do about an address that holds one. */
export const noSecretsInUrls = 'Credentials are inputs of their own.';

/** Returns a sentence for each of these inputs that is a URL, and cannot be a base URL. */
export function baseUrlProblems(
  given: Readonly<Record<string, unknown>>,
  inputs: readonly string[],
): readonly string[] {
  return inputs.flatMap((name) => {
    const url = given[name];
    const problem = url instanceof URL ? baseUrlProblem(url.href) : null;
    return problem === null ? [] : [`input "${name}": ${problem}`];
  });
}

/** Returns what keeps a text from being a base URL, as a sentence, or null. */
function baseUrlProblem(text: string): string | null {
  const url = URL.parse(text);
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (isPlain && /^https?:$/.test(url.protocol)) return null;
  return `"${redactUrl(text)}" is not an http(s) URL without user, password, query and fragment`;
}
