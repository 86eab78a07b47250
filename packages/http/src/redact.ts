// Names of query values that carry a right: signed storage links (S3, Azure, Cloudflare), tokens, passwords.
// `commit_hash`, `ref_hash`, `scope` and `service` must stay readable.
const secretName = /token|sig|pass|pwd|secret|credential|auth|jwt|session|verify|ticket|(?:^|[-_])key|keyid|^code$/i;

/**
 * Returns the URL without what gives rights: a password, a user name of an http URL (it is often a token), and the
 * values of token-like query names, each replaced by `***`. Works on texts that are not URLs too.
 */
export function redactUrl(url: string): string {
  return url
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)@/i, (_all, scheme: string, userinfo: string) => {
      const [user = '', ...password] = userinfo.split(':');
      if (/^https?:/i.test(scheme)) return `${scheme}***@`;
      return password.length === 0 ? `${scheme}${user}@` : `${scheme}${user}:***@`;
    })
    .replace(/([?&])([^=&#]*)=([^&#]*)/g, (all: string, mark: string, name: string) =>
      secretName.test(name) ? `${mark}${name}=***` : all,
    );
}
