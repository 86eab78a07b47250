import { LedgerError } from './error.ts';

export interface SqliteUrl {
  readonly kind: 'sqlite';
  /** Relative or absolute, or `:memory:`. */
  readonly path: string;
}

export interface PostgresUrl {
  readonly kind: 'postgres';
  readonly url: string;
  /** What to call it in an error: the URL without its parameters. */
  readonly where: string;
}

/** Where a ledger is. */
export type LedgerUrl = SqliteUrl | PostgresUrl;

const parameters = ['host', 'port', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'options', 'application_name'];

/**
 * Returns what a ledger's URL says: `sqlite:PATH`, or `postgres://USER@HOST:PORT/DATABASE`, where parameters may follow
 * as `psql` takes them (`?sslmode=verify-full`). There is no password in it: that comes from PGPASSWORD or PGPASSFILE.
 * @throws LedgerError `bad-url`
 */
export function parseLedgerUrl(url: string): LedgerUrl {
  if (/^postgres(?:ql)?:/i.test(url)) return parsePostgresUrl(url);
  const path = /^sqlite:(?:\/\/(?=\/))?(?<path>.+)$/.exec(url)?.groups?.['path'];
  if (path === undefined || path.startsWith('//')) {
    // The scheme alone: a URL of a server may have a password in it.
    const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0] ?? '';
    throw badUrl(
      `ledger "${scheme}…" is not a ledger URL: expected sqlite:PATH, such as sqlite:.tagflow/ledger.db, ` +
        'or postgres://USER@HOST/DATABASE',
    );
  }
  return { kind: 'sqlite', path };
}

function parsePostgresUrl(url: string): PostgresUrl {
  // A user and no host, for a socket that a parameter names, is a URL to PostgreSQL alone.
  const readable = url.replace(/^(\w+:\/\/[^/?#]*@)\//, '$1localhost/');
  const parsed = /^postgres(?:ql)?:\/\//i.test(url) && URL.canParse(readable) ? new URL(readable) : null;
  if (parsed === null || !/^\/[^/]+$/.test(parsed.pathname) || parsed.hash !== '') {
    throw badUrl('the ledger is not a PostgreSQL URL: expected postgres://USER@HOST:PORT/DATABASE');
  }
  if (parsed.password !== '' || parsed.searchParams.has('password')) {
    throw badUrl(
      'there is a password in the URL of the ledger, where everybody can read it',
      'Take it out of the URL, and give it in the environment: PGPASSWORD, or PGPASSFILE with the path of a .pgpass file.',
    );
  }
  const stranger = [...parsed.searchParams.keys()].find((name) => !parameters.includes(name));
  if (stranger !== undefined) {
    throw badUrl(`the URL of the ledger has a parameter "${stranger}"; allowed: ${parameters.join(', ')}`);
  }
  const where = url.replace(/\?.*$/s, '');
  return { kind: 'postgres', url, where };
}

function badUrl(message: string, next?: string): LedgerError {
  return new LedgerError('bad-url', message, { outcome: 'invalid', ...(next === undefined ? {} : { next }) });
}
