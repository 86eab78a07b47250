import { redactUrl } from '@tagflow/http';
import { DlrnError } from './error.ts';

/**
 * Returns a base URL without a slash at the end. It stands in messages, outputs and lease keys, so that it must not
 * hold a secret.
 * @throws DlrnError `bad-input` unless it is http(s) without user, password, query and fragment
 */
export function parseBaseUrl(text: string, what: 'apiUrl' | 'reposUrl'): string {
  const url = URL.parse(text);
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (url !== null && isPlain && /^https?:$/.test(url.protocol)) return text.replace(/\/+$/, '');
  throw new DlrnError(
    'bad-input',
    `${what} "${redactUrl(text)}" is not an http(s) URL without user, password, query and fragment`,
    { outcome: 'invalid', next: 'Credentials are inputs of their own.' },
  );
}
