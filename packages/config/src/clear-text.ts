import { isLoopback } from '@tagflow/model';

/**
 * Returns whether what is sent to a URL, credentials among it, can be read on the way: plain HTTP to a host that is not
 * this machine. False for a text that is no URL.
 */
export function isClearText(url: string): boolean {
  const parsed = URL.parse(url);
  if (parsed?.protocol !== 'http:') return false;
  return !isLoopback(parsed.hostname);
}
