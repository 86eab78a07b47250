import { isClearText } from '../clear-text.ts';
import type { About } from './about.ts';
import type { Draft } from './draft.ts';
import { hasPassword, withoutPassword } from './finding.ts';
import { refused, type Rendered } from './layers.ts';

/** Writes `dlrn`. */
export function writeDlrn(draft: Draft, about: About): void {
  const { layers } = draft;
  const apiUrl = writeApiUrl(draft, about);
  writeReposUrl(draft, about, apiUrl);
  writeMode(draft, about);
  const username = layers.text('dlrnauth_username') ?? layers.text('username');
  if (username !== null) draft.put(['dlrn', 'username'], username.text, username);
  const method = layers.text('dlrnauth_auth_method');
  if (method !== null && /^(?:basic|kerberos)Auth$/i.test(method.text)) {
    draft.put(['dlrn', 'auth-method'], method.text.slice(0, -4).toLowerCase(), method);
  } else if (method !== null) {
    const message = `"${method.text}" is no way to log in; allowed: basicAuth, kerberosAuth`;
    for (const node of method.used.slice(0, 1)) throw refused(node, message);
  }
  const principal = layers.text('dlrnauth_server_principal');
  if (principal !== null) draft.put(['dlrn', 'server-principal'], principal.text, principal);
  // The old promoter took any text for true, "false" as well.
  const force = layers.text('dlrnauth_force_auth');
  if (force !== null && force.text !== 'false') draft.put(['dlrn', 'protected-reads'], true, force);
}

function writeApiUrl(draft: Draft, { distro, distroName, distroVersion, release }: About): string {
  const path = ['dlrn', 'api-url'];
  const { layers } = draft;
  const given = layers.text('api_url');
  if (given !== null) {
    const text = trimmed(draft, given);
    draft.put(path, text, { ...given, text });
    allowClearText(draft, text, given);
    return text;
  }
  const host = layers.text('dlrn_api_host');
  if (host === null) {
    const text = `https://trunk.rdoproject.org/api-${distro}-${release}${release === 'master' ? '-uc' : ''}`;
    draft.guess(path, text, { why: 'no old file names the DLRN API; this is where RDO has it', todo: 'write yours' });
    return text;
  }
  const scheme = layers.text('dlrn_api_scheme');
  const port = layers.text('dlrn_api_port');
  const endpoint = layers.text('dlrn_api_endpoint');
  // An empty endpoint is one, too: the API at the root of its host.
  const hasEndpoint = layers.node('dlrn_api_endpoint') !== null;
  const name = `api-${distroName}${distroVersion === 8 ? '8' : ''}-${release}${release === 'master' ? '-uc' : ''}`;
  const where = hasEndpoint ? (endpoint?.text ?? '') : name;
  const authority = `${host.text}${port === null || port.text === '443' ? '' : `:${port.text}`}`;
  const text = `${scheme?.text ?? 'https'}://${authority}${where === '' ? '' : `/${where}`}`;
  const used = [host, scheme, port, endpoint].flatMap((part) => part?.used ?? []);
  draft.put(path, text, { text, used });
  allowClearText(draft, text, host);
  if (!hasEndpoint && distroVersion > 8) {
    draft.look(
      path,
      `made as the old promoter did, which forgot the ${distroVersion} of ${distro}; is it api-${distro}-…?`,
    );
  }
  return text;
}

function allowClearText(draft: Draft, url: string, { used }: Rendered): void {
  if (!isClearText(url)) return;
  const why = 'http:// to another machine: the password can be read on the way';
  draft.set(['dlrn', 'plain-http'], true);
  draft.look(['dlrn', 'plain-http'], `${why}; write https:// above and take this out`);
  if (used[0] !== undefined) draft.find('changed', used[0], { why, todo: 'Write https:// where DLRN has it.' });
}

/** Returns a URL without the password in it, and without the "/" at its end. */
function trimmed(draft: Draft, { text, used: [node] }: Rendered): string {
  if (hasPassword(text) && node !== undefined) {
    draft.find('secret', node, {
      why: 'a URL holds a password',
      todo: 'Give it as a secret, and change it: it was in a file.',
    });
  }
  return withoutPassword(text)
    .replace(/\/\/[^/@]*@/, '//')
    .replace(/\/+$/, '');
}

function writeReposUrl(draft: Draft, { distro, release }: About, apiUrl: string): void {
  const path = ['dlrn', 'repos-url'];
  const { layers } = draft;
  const named = ['repo_url', 'base_url'].flatMap((key) => layers.text(key) ?? []);
  const found = named.filter(({ text }) => /^https?:\/\//.test(text));
  const [chosen] = found;
  for (const {
    text,
    used: [node],
  } of named) {
    if (node === undefined || /^https?:\/\//.test(text)) continue;
    draft.find('not-carried', node, {
      why: 'repositories are read over http here',
      todo: 'Serve that folder, and name it in dlrn.repos-url.',
    });
  }
  if (chosen === undefined) {
    const text = `${URL.parse(apiUrl)?.origin ?? 'https://trunk.rdoproject.org'}/${distro}-${release}`;
    const why =
      named.length > 0
        ? 'the old files name no URL of the repositories'
        : 'no old file says where the repositories are';
    draft.guess(path, text, { why, todo: 'the labels have to be folders below it' });
    return;
  }
  const text = trimmed(draft, chosen);
  for (const one of found) {
    const other = trimmed(draft, one);
    const same = other.replace(/^http:/, 'https:') === text.replace(/^http:/, 'https:');
    if (one === chosen || same) draft.put(path, text, one);
    else if (one.used[0] !== undefined) {
      draft.find('changed', one.used[0], {
        why: `repo_url says ${text}, which the old promoter used`,
        todo: 'Look which of them is right.',
      });
    }
  }
}

function writeMode(draft: Draft, { distroVersion }: About): void {
  const hasComponents = draft.layers.documents.some(({ form }) => form === 'component');
  if (!hasComponents && distroVersion < 8) return;
  const why = 'the old promoter asked DLRN whether it has components; since version 8 of the distribution RDO has them';
  if (hasComponents) draft.set(['dlrn', 'mode'], 'component');
  else draft.guess(['dlrn', 'mode'], 'component', { why, todo: 'classic, if a label of yours names one build' });
}
