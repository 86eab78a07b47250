/** Returns whether a ledger's URL names a server of PostgreSQL. */
export function isPostgresUrl(url: string): boolean {
  return /^postgres(?:ql)?:/i.test(url);
}

/** Returns what is wrong with a ledger's URL, or null. No password of it is said. */
export function complaintAboutLedger(url: string): string | null {
  if (!isPostgresUrl(url)) {
    if (/^sqlite:[^?#]+$/.test(url)) return null;
    // A URL of some server may have a password in it.
    const said = url.includes('//') ? 'this' : `"${url}"`;
    return `${said} is not a ledger; allowed: sqlite:PATH, postgres://USER@HOST/DATABASE`;
  }
  // A user and no host, for a socket that a parameter names, is a URL to PostgreSQL alone.
  const readable = url.replace(/^(\w+:\/\/[^/?#]*@)\//, '$1localhost/');
  const parsed = URL.canParse(readable) ? new URL(readable) : null;
  if (parsed === null || !/^\w+:\/\//.test(url) || !/^\/[^/]+$/.test(parsed.pathname) || parsed.hash !== '') {
    return 'this is not a PostgreSQL ledger; allowed: postgres://USER@HOST:PORT/DATABASE';
  }
  if (parsed.password !== '' || parsed.searchParams.has('password')) {
    return 'a password does not belong in this file; give it in the environment: PGPASSWORD, or PGPASSFILE with the path of a .pgpass file';
  }
  const stranger = [...parsed.searchParams.keys()].find((name) => !parameters.includes(name));
  return stranger === undefined ? null : `"${stranger}" is no parameter of a ledger; allowed: ${parameters.join(', ')}`;
}

// Those that the ledger takes; it has the same list.
const parameters = ['host', 'port', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'options', 'application_name'];
