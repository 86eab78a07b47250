import { isIP } from 'node:net';
import { FeaturesetError } from '../../error.ts';

/** Returns the address of a network that is so many after its first one, as the filter `nthhost` does. */
export function nthHost(network: string, count: number): string {
  const { address, prefix, bits } = parseNetwork(network);
  const first = (address >> BigInt(bits - prefix)) << BigInt(bits - prefix);
  return formatAddress(first + BigInt(Math.trunc(count)), bits);
}

/** Returns a part of a network, as the filter `ipaddr` does: its `prefix` (a number), `netmask` or `address`. */
export function networkPart(network: string, part: string): string | number {
  const { address, prefix, bits } = parseNetwork(network);
  if (part === 'prefix') return prefix;
  if (part === 'address') return formatAddress(address, bits);
  if (part === 'netmask') return formatAddress(((1n << BigInt(prefix)) - 1n) << BigInt(bits - prefix), bits);
  throw new FeaturesetError('bad-expression', `ipaddr("${part}"): expected prefix, netmask or address`);
}

function parseNetwork(text: string): { readonly address: bigint; readonly prefix: number; readonly bits: number } {
  const [address = '', prefix = ''] = text.split('/', 2);
  const version = isIP(address);
  const bits = version === 6 ? 128 : 32;
  if (version === 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > bits) {
    throw new FeaturesetError('bad-expression', `"${text}" is not a network, such as 192.0.2.0/24`);
  }
  return { address: version === 6 ? parseIPv6(address) : parseIPv4(address), prefix: Number(prefix), bits };
}

function parseIPv4(text: string): bigint {
  return text.split('.').reduce((sum, part) => (sum << 8n) + BigInt(part), 0n);
}

function parseIPv6(text: string): bigint {
  const [head = '', tail] = shortest(text).split('::', 2);
  const words = (part: string) => (part === '' ? [] : part.split(':'));
  const [before, after] = [words(head), words(tail ?? '')];
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].reduce((sum, word) => (sum << 16n) + BigInt(`0x${word}`), 0n);
}

function formatAddress(address: bigint, bits: number): string {
  if (address < 0n || address >= 1n << BigInt(bits)) {
    throw new FeaturesetError('bad-expression', 'an address beyond the last one there is');
  }
  if (bits === 32) return [24n, 16n, 8n, 0n].map((shift) => String((address >> shift) & 255n)).join('.');
  const words = Array.from({ length: 8 }, (_, index) => (address >> BigInt(112 - index * 16)) & 65_535n);
  return shortest(words.map((word) => word.toString(16)).join(':'));
}

/** Returns an IPv6 address as URLs have it: hexadecimal words, the longest row of zeros as `::`. */
function shortest(address: string): string {
  return new URL(`http://[${address}]/`).hostname.slice(1, -1);
}
