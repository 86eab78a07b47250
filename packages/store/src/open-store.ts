import type { HttpEffects } from '@tagflow/http';
import { redactUrl } from '@tagflow/http';
import { StoreError } from './error.ts';
import { openFolderStore } from './folder-store.ts';
import { openHttpStore } from './http-store.ts';
import type { SshAccess } from './sftp-connection.ts';
import { openSftpStore } from './sftp-store.ts';
import type { Store } from './store.ts';

export interface OpenStoreOptions {
  readonly effects: HttpEffects;
  /** Needed for sftp only. */
  readonly ssh?: SshAccess;
}

/** The URL schemes that a store may have, without their colon. */
export const storeSchemes = ['file', 'http', 'https', 'sftp'] as const;

/**
 * Returns the store of a URL: `file:///path`, `sftp://user@host[:port]/path`, or `http(s)://host/path` for reading.
 * Nothing is connected before the first call.
 * @throws StoreError `bad-url`, and `denied` for an sftp URL without a key
 */
export function openStore(url: string | URL, options: OpenStoreOptions): Store {
  const parsed = parseStoreUrl(String(url));
  if (parsed.protocol === 'file:') return openFolderStore(parsed, options.effects.signal);
  if (parsed.protocol === 'sftp:')
    return openSftpStore(parsed, requireAccess(parsed, options.ssh), options.effects.signal);
  return openHttpStore(parsed, options.effects);
}

function requireAccess(url: URL, access: SshAccess | undefined): SshAccess {
  if (access === undefined) {
    throw new StoreError('denied', `${redactUrl(url.href)}: no SSH key was given`, {
      outcome: 'invalid',
      next: "Give a private key (ssh-key) and the server's key (known-hosts).",
    });
  }
  return access;
}

function parseStoreUrl(text: string): URL {
  const url = URL.parse(text);
  const refuse = (why: string): StoreError =>
    new StoreError('bad-url', `store URL "${redactUrl(text)}" ${why}`, {
      next: 'Give file:///path, sftp://user@host/path, https://host/path or http://host/path.',
    });
  if (url === null) throw refuse('is not a URL');
  const scheme = url.protocol.slice(0, -1);
  if (!storeSchemes.some((known) => known === scheme)) throw refuse(`has the scheme "${scheme}"`);
  if (url.search !== '' || url.hash !== '') throw refuse('has a query or a fragment');
  if (scheme === 'file' && url.host !== '') throw refuse('names a host: file URLs have three slashes');
  if (scheme === 'sftp' && (url.hostname === '' || url.username === '')) throw refuse('names no user or no host');
  if (scheme !== 'sftp' && url.username !== '') throw refuse('holds a user name');
  if (url.password !== '') throw refuse('holds a password');
  return url;
}
