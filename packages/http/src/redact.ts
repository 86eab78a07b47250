// Names of query values that carry a right: signed storage links (S3, Azure, Cloudflare), tokens, passwords.
// `commit_hash`, `ref_hash`, `scope` and `service` must stay readable.
const secretName = /token|sig|pass|pwd|secret|credential|auth|jwt|session|verify|ticket|(?:^|[-_])key|keyid|^code$/i;

/**
 * Returns the URL without what gives rights: a password, a user name of an http URL (it is often a token), and the
 * values of token-like query names, each replaced by `***`. Works on texts that are not URLs too.
 */
export function redactUrl(url: string): string {
  const question = url.indexOf('?');
  const start = question < 0 ? url : url.slice(0, question);
  const query = question < 0 ? '' : url.slice(question + 1);
  const place = start.replace(/^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)@/i, (_all, scheme: string, userinfo: string) => {
    const [user = '', ...password] = userinfo.split(':');
    if (/^https?:/i.test(scheme)) return `${scheme}***@`;
    return password.length === 0 ? `${scheme}${user}@` : `${scheme}${user}:***@`;
  });
  // Cut apart rather than matched: what a server sends may hold any number of question marks.
  return question < 0 ? place : `${place}?${query.split('&').map(redactPair).join('&')}`;
}

function redactPair(pair: string): string {
  const equals = pair.indexOf('=');
  const name = pair.slice(0, equals);
  if (equals < 0 || name.includes('#') || !secretName.test(name)) return pair;
  const fragment = pair.indexOf('#', equals);
  return `${name}=***${fragment < 0 ? '' : pair.slice(fragment)}`;
}
